import type { Memory } from './pool.ts'
import { accessOf, codeOf, type Program } from './program.ts'
import { compute } from './usage.ts'

/** A program, ready to run. */
export interface Compiled {
  readonly pipeline: GPUComputePipeline
  /** A letter for each of its buffers. */
  readonly access: string
  readonly uniform: boolean
}

/** Bind groups kept before all are dropped: enough for some training steps of a large model. */
const bindGroupsKept = 16384

/** Compiles every program once, and makes every bind group once. */
export class Pipelines {
  readonly #device: GPUDevice
  readonly #compiled = new Map<string, Compiled>()
  readonly #layouts = new Map<string, GPUBindGroupLayout>()
  readonly #bindGroups = new Map<string, GPUBindGroup>()
  readonly #parameterLayout: GPUBindGroupLayout
  /** The second bind group of all programs: the parameters of a dispatch, at a dynamic offset. */
  readonly parameters: GPUBindGroup

  constructor(device: GPUDevice, arena: GPUBuffer, parameterBytes: number) {
    this.#device = device
    this.#parameterLayout = device.createBindGroupLayout({
      entries: [{ binding: 0, visibility: compute, buffer: { type: 'uniform', hasDynamicOffset: true } }],
    })
    this.parameters = device.createBindGroup({
      layout: this.#parameterLayout,
      entries: [{ binding: 0, resource: { buffer: arena, size: parameterBytes } }],
    })
  }

  get size(): number {
    return this.#compiled.size
  }

  pipeline(program: Program): Compiled {
    const known = this.#compiled.get(program.key)
    if (known) return known
    const source = program.source()
    const access = accessOf(source)
    const uniform = (source.axes ?? 0) > 0 || Object.keys(source.parameters).length > 0
    const layout = this.#device.createPipelineLayout({
      bindGroupLayouts: [this.#layout(access), ...(uniform ? [this.#parameterLayout] : [])],
    })
    const module = this.#device.createShaderModule({ label: program.key, code: codeOf(source) })
    const compiled = {
      pipeline: this.#device.createComputePipeline({
        label: program.key,
        layout,
        compute: { module, entryPoint: 'main' },
      }),
      access,
      uniform,
    }
    this.#compiled.set(program.key, compiled)
    return compiled
  }

  bindGroup(access: string, memories: readonly Memory[]): GPUBindGroup {
    let key = access
    for (const { id } of memories) key += ` ${id}`
    const known = this.#bindGroups.get(key)
    if (known) return known
    if (this.#bindGroups.size >= bindGroupsKept) this.#bindGroups.clear()
    const made = this.#device.createBindGroup({
      layout: this.#layout(access),
      entries: memories.map(({ buffer }, binding) => ({ binding, resource: { buffer } })),
    })
    this.#bindGroups.set(key, made)
    return made
  }

  #layout(access: string): GPUBindGroupLayout {
    const known = this.#layouts.get(access)
    if (known) return known
    const made = this.#device.createBindGroupLayout({
      entries: [...access].map((letter, binding) => ({
        binding,
        visibility: compute,
        buffer: { type: letter === 'w' ? 'storage' : 'read-only-storage' },
      })),
    })
    this.#layouts.set(access, made)
    return made
  }
}
