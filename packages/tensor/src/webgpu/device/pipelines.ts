import { type Arena, BindGroups } from './bind-groups.ts'
import type { Pending } from './pending.ts'
import { codeOf, hasParameters, type Program } from './program.ts'

/** A program, ready to run once it is compiled. */
export interface Compiled {
  /** undefined while it is being compiled */
  pipeline: GPUComputePipeline | undefined
  readonly groups: BindGroups
  readonly parameters: boolean
  /** which of its buffers it writes to */
  readonly written: readonly number[]
}

/** Compiles every program once. The device does so in the background, many at a time, while commands are recorded. */
export class Pipelines {
  readonly #device: GPUDevice
  readonly #arena: Arena
  readonly #pending: Pending
  readonly #fail: (problem: Error) => void
  readonly #compiled = new Map<string, Compiled>()
  readonly #groups = new Map<string, BindGroups>()

  constructor(device: GPUDevice, arena: Arena, pending: Pending, fail: (problem: Error) => void) {
    this.#device = device
    this.#arena = arena
    this.#pending = pending
    this.#fail = fail
  }

  get size(): number {
    return this.#compiled.size
  }

  of(program: Program): Compiled {
    return this.#compiled.get(program.key) ?? this.#compile(program)
  }

  #compile({ key, source }: Program): Compiled {
    const shader = source()
    const access = shader.bindings.map(({ written = false }) => written)
    const parameters = hasParameters(shader)
    const compiled: Compiled = {
      pipeline: undefined,
      groups: this.#groupsFor(access, parameters),
      parameters,
      written: access.flatMap((written, binding) => (written ? [binding] : [])),
    }
    this.#pending.add(
      this.#pipeline(key, codeOf(shader), compiled.groups.layout).then((made) => (compiled.pipeline = made)),
    )
    this.#compiled.set(key, compiled)
    return compiled
  }

  async #pipeline(label: string, code: string, layout: GPUBindGroupLayout): Promise<GPUComputePipeline | undefined> {
    const device = this.#device
    try {
      return await device.createComputePipelineAsync({
        label,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module: device.createShaderModule({ label, code }), entryPoint: 'main' },
      })
    } catch (cause) {
      this.#fail(new Error(`webgpu: the kernel '${label}' did not compile: ${(cause as Error).message}`, { cause }))
      return undefined
    }
  }

  #groupsFor(access: readonly boolean[], parameters: boolean): BindGroups {
    const key = `${access} ${parameters}`
    const known = this.#groups.get(key)
    if (known) return known
    const made = new BindGroups(this.#device, access, parameters ? this.#arena : undefined)
    this.#groups.set(key, made)
    return made
  }
}
