import { readFileSync } from 'node:fs'
import { parseSafetensors, type StoredTensor } from '@tlc/nn'
import { type Tensor, tensor } from '@tlc/tensor'
import { expect } from 'vitest'

/** One case of `fixtures/<folder>/index.json`: what PyTorch computed in float64 from inputs exact in float32. */
export interface TorchCase {
  readonly name: string
  readonly file: string
  readonly config: Readonly<Record<string, unknown>>
  /** how far PyTorch's own float32 run is from its float64 run, for each output */
  readonly torch_f32_maxerr: Readonly<Record<string, number>>
}

function fixture(path: string): Buffer {
  return readFileSync(new URL(`./fixtures/${path}`, import.meta.url))
}

/** Every case of a folder. */
export function torchCases<Case extends TorchCase>(folder: string): readonly Case[] {
  return (JSON.parse(fixture(`${folder}/index.json`).toString()) as { readonly fixtures: readonly Case[] }).fixtures
}

/** The tensors of a case. */
export class TorchTensors {
  readonly #stored: ReadonlyMap<string, StoredTensor>
  readonly #case: TorchCase

  constructor(folder: string, of: TorchCase) {
    this.#stored = parseSafetensors(fixture(`${folder}/${of.file}`)).tensors
    this.#case = of
  }

  get names(): readonly string[] {
    return [...this.#stored.keys()]
  }

  has(name: string): boolean {
    return this.#stored.has(name)
  }

  shape(name: string): readonly number[] {
    return this.#find(name).shape
  }

  /** In float64, as stored. */
  numbers(name: string): Float64Array {
    const { type, bytes } = this.#find(name)
    const buffer = new Uint8Array(bytes).buffer
    if (type === 'F64') return new Float64Array(buffer)
    return Float64Array.from(type === 'I64' ? Array.from(new BigInt64Array(buffer), Number) : new Float32Array(buffer))
  }

  /** On the backend in use. */
  tensor(name: string, dtype: 'f32' | 'i32' = 'f32'): Tensor {
    return tensor([...this.numbers(name)], { shape: this.shape(name), dtype })
  }

  /**
   * Fails unless |actual - expected| <= max(8 · error of PyTorch's own float32 run, 2e-6 · max |expected|): both runs
   * round in float32, in different orders, and 2e-6 is about 17 units in the last place of the largest number.
   */
  expectClose(actual: ArrayLike<number>, name: string, expected: Float64Array = this.numbers(name)): void {
    expect(actual.length, name).toBe(expected.length)
    const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    const tolerance = Math.max(8 * this.#case.torch_f32_maxerr[name]!, 2e-6 * largest)
    const worst = expected.reduce((most, x, index) => Math.max(most, Math.abs(x - actual[index]!)), 0)
    expect(worst, `${this.#case.name}: ${name}`).toBeLessThanOrEqual(tolerance)
  }

  #find(name: string): StoredTensor {
    const found = this.#stored.get(name)
    if (!found) throw new Error(`${this.#case.file} has no tensor ${name}; it has ${this.names.join(', ')}`)
    return found
  }
}
