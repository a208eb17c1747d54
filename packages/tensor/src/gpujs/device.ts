import type { IGPUKernelSettings, IKernelRunShortcut } from 'gpu.js'
import { bits, loops, nativeFunctions } from './functions/index.ts'
import type { DeviceArray, Target } from './target.ts'

/** Arrays or whole numbers by the names that an expression has for them. */
export type Named<T> = Readonly<Record<string, T>>

/** Computes arrays from arrays by expressions in gpu.js's JavaScript, each compiled once. */
export class Device {
  readonly mode: Target['mode']
  readonly #target: Target
  readonly #kernels = new Map<string, IKernelRunShortcut>()

  constructor(target: Target) {
    this.mode = target.mode
    this.#target = target
    const { gpu, language, arrayType } = target
    for (const [name, native] of Object.entries(nativeFunctions)) {
      gpu.addNativeFunction(name, native[language], { returnType: native.returns })
    }
    for (const [name, { arrays, integers, body }] of Object.entries(loops)) {
      const source = `function ${name}(${[...arrays, ...integers].join(', ')}) { ${body} }`
      const argumentTypes = typesOf(arrays, arrayType, integers) as never
      // Declared for functions alone, but text is what it makes of them.
      gpu.addFunction(source as never, { argumentTypes, returnType: 'Number' })
    }
  }

  /**
   * A new array of `size` elements, each the value of the expression for `this.thread.x`, its place.
   *
   * @param size at least 1
   */
  compute(size: number, expression: string, arrays: Named<DeviceArray>, integers: Named<number> = {}): DeviceArray {
    const names = [...Object.keys(arrays), ...Object.keys(integers)]
    const types = typesOf(Object.keys(arrays), this.#target.arrayType, Object.keys(integers))
    const source = `function (${names.join(', ')}) { return ${expression}; }`
    return this.#run(size, source, types, [...Object.values(arrays), ...Object.values(integers)])
  }

  /** A copy of numbers on the device; in the CPU mode the same array. */
  upload(numbers: Float32Array): DeviceArray {
    if (this.mode === 'cpu') return numbers
    // gpu.js knows no empty array. Nobody reads its one element.
    const given = numbers.length === 0 ? new Float32Array(1) : numbers
    return this.#run(given.length, 'function (numbers) { return numbers[this.thread.x]; }', { numbers: 'Array' }, [
      given,
    ])
  }

  read(array: DeviceArray, size: number): Float32Array {
    return this.#target.read(array, size)
  }

  free(array: DeviceArray): void {
    this.#target.free(array)
  }

  async close(): Promise<void> {
    this.#kernels.clear()
    await this.#target.close()
  }

  #run(size: number, source: string, types: Named<string>, inputs: readonly (DeviceArray | number)[]): DeviceArray {
    const { limit } = this.#target
    if (size > limit) {
      throw new RangeError(`gpujs: a tensor of ${size} elements; textures here hold at most ${limit}`)
    }
    const kernel = this.#kernels.get(source) ?? this.#create(source, types)
    // Each time, since the kernel's last output was taken away from it.
    kernel.setOutput([size])
    return this.#target.run(kernel, inputs)
  }

  #create(source: string, types: Named<string>): IKernelRunShortcut {
    const kernel = this.#target.gpu.createKernel(source, {
      ...settings,
      ...(this.mode === 'webgl2' && { pipeline: true, injectedNative: bits }),
      output: [1],
      argumentTypes: types as never,
    })
    this.#kernels.set(source, kernel)
    return kernel
  }
}

/** gpu.js knows some more than it declares. */
const settings: IGPUKernelSettings & { readonly loopMaxIterations: number; readonly onRequestFallback: () => never } = {
  precision: 'single',
  tactic: 'precision',
  dynamicOutput: true,
  dynamicArguments: true,
  // By default loops end after 1000 rounds, whatever their condition says.
  loopMaxIterations: 2 ** 30,
  // What it cannot translate it would compute elsewhere, without a word.
  onRequestFallback() {
    throw new Error('gpujs: gpu.js cannot run a kernel on WebGL2 here')
  },
}

function typesOf(arrays: readonly string[], arrayType: string, integers: readonly string[]): Record<string, string> {
  return Object.fromEntries([
    ...arrays.map((name) => [name, arrayType] as const),
    ...integers.map((name) => [name, 'Integer'] as const),
  ])
}
