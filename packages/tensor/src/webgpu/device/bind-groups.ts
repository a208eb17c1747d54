import type { Block } from './memory.ts'
import { compute } from './usage.ts'

/** Parameters of dispatches, one buffer for all: programs find theirs at a dynamic offset. */
export interface Arena {
  readonly buffer: GPUBuffer
  /** of one dispatch, at most */
  readonly bytes: number
}

/** Bind groups kept by one layout before all are dropped: enough for some training steps of a large model. */
const most = 8192

/** By the buffer of each binding in turn. */
type Branch = Map<number, Branch | GPUBindGroup>

/** The bind groups of programs whose bindings are of the same kinds. Each is made once. */
export class BindGroups {
  readonly layout: GPUBindGroupLayout
  readonly #device: GPUDevice
  readonly #arena: Arena | undefined
  #root: Branch = new Map()
  #count = 0

  /**
   * @param written for each storage buffer, whether it is written to
   * @param arena of the parameters, the last binding, if there are any
   */
  constructor(device: GPUDevice, written: readonly boolean[], arena: Arena | undefined) {
    this.#device = device
    this.#arena = arena
    const entries: GPUBindGroupLayoutEntry[] = written.map((each, binding) => ({
      binding,
      visibility: compute,
      buffer: { type: each ? 'storage' : 'read-only-storage' },
    }))
    if (arena) {
      const buffer = { type: 'uniform', hasDynamicOffset: true } as const
      entries.push({ binding: entries.length, visibility: compute, buffer })
    }
    this.layout = device.createBindGroupLayout({ entries })
  }

  of(blocks: readonly Block[]): GPUBindGroup {
    let branch = this.#root
    const last = blocks.length - 1
    for (let i = 0; i < last; i++) {
      const { id } = blocks[i]!.memory
      const next = (branch.get(id) as Branch | undefined) ?? new Map()
      if (next.size === 0) branch.set(id, next)
      branch = next
    }
    const { id } = blocks[last]!.memory
    const known = branch.get(id) as GPUBindGroup | undefined
    if (known) return known
    const made = this.#make(blocks)
    branch.set(id, made)
    if (++this.#count === most) {
      this.#root = new Map()
      this.#count = 0
    }
    return made
  }

  #make(blocks: readonly Block[]): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = blocks.map(({ memory }, binding) => ({
      binding,
      resource: { buffer: memory.buffer },
    }))
    if (this.#arena) {
      const { buffer, bytes } = this.#arena
      entries.push({ binding: entries.length, resource: { buffer, size: bytes } })
    }
    return this.#device.createBindGroup({ layout: this.layout, entries })
  }
}
