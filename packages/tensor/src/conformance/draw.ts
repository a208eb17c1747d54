import type { Backend } from '../backend.ts'
import { tensor } from '../create.ts'
import { allocateArray, type DType, dtypes } from '../dtype.ts'
import { encodeFloat16 } from '../float16.ts'
import { foldIn, key, philox } from '../random.ts'
import { type Shape, sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** Every kind of float32: what is not a number, what is infinite, the ends of the range, halves, denormals. */
export const specialFloats: readonly number[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  -(2 ** -127),
  (2 - 2 ** -23) * 2 ** 127,
  -(2 - 2 ** -23) * 2 ** 127,
  1,
  -1,
  1 + 2 ** -23,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3.75,
  -7.25,
  8388609.5,
  65504,
  65520,
  2 ** -14,
  2 ** -25,
  127.5,
  -128.5,
  255.5,
  300,
  2147483648,
  -2147483648,
  4294967296,
]

/** The ends and the middle of the 32-bit integers. */
export const specialIntegers: readonly number[] = [
  0,
  1,
  -1,
  2,
  -2,
  3,
  7,
  -8,
  255,
  256,
  -129,
  65535,
  16777217,
  2 ** 31 - 1,
  -(2 ** 31 - 1),
  -(2 ** 31),
  123456789,
  -987654321,
]

/** Makes the inputs of one case, the same every time: each tensor from a random stream of its own. */
export class Draw {
  readonly #backend: Backend
  readonly #floats: 'f32' | 'f16'
  #drawn = 0

  constructor(backend: Backend, floats: 'f32' | 'f16' = 'f32') {
    this.#backend = backend
    this.#floats = floats
  }

  /** One that makes f16 where f32 is asked for. */
  ofHalf(): Draw {
    return new Draw(this.#backend, 'f16')
  }

  /** f32, normally distributed. */
  normal(
    shape: Shape,
    { mean = 0, deviation = 1 }: { readonly mean?: number; readonly deviation?: number } = {},
  ): Tensor {
    const words = this.#words(2 * sizeOf(shape))
    return this.#fill(shape, 'f32', (i) => {
      const radius = Math.sqrt(-2 * Math.log(unit(words[2 * i]!)))
      return mean + deviation * radius * Math.cos(2 * Math.PI * unit(words[2 * i + 1]!))
    })
  }

  /** f32, spread evenly over low..high. */
  uniform(shape: Shape, low: number, high: number): Tensor {
    const words = this.#words(sizeOf(shape))
    return this.#fill(shape, 'f32', (i) => low + (high - low) * unit(words[i]!))
  }

  /** Whole numbers from low to high, both possible. */
  integers(shape: Shape, low: number, high: number, dtype: DType = 'i32'): Tensor {
    const words = this.#words(sizeOf(shape))
    return this.#fill(shape, dtype, (i) => low + (words[i]! % (high - low + 1)))
  }

  /** Any bit pattern that means something in a type: whole numbers, floats of every size, NaN. */
  any(shape: Shape, dtype: DType): Tensor {
    if (dtype === 'bool') return this.integers(shape, 0, 1, dtype)
    if (dtype === 'f32') return this.values(shape, dtype, specialFloats)
    const words = this.#words(sizeOf(shape))
    // An array of the type keeps the low bits of each word.
    return this.#fill(shape, dtype, (i) => words[i]!)
  }

  /** Given values, again from the start when they run out. */
  values(shape: Shape, dtype: DType, values: readonly number[]): Tensor {
    return this.#fill(shape, dtype, (i) => values[i % values.length]!)
  }

  #words(count: number): Uint32Array {
    const stream = foldIn(key(20200214), this.#drawn++)
    const words = new Uint32Array(Math.ceil(count / 4) * 4)
    for (let block = 0; block * 4 < count; block++) words.set(philox([block, 0, 0, 0], stream), block * 4)
    return words
  }

  #fill(shape: Shape, asked: DType, number: (index: number) => number): Tensor {
    const dtype = asked === 'f32' ? this.#floats : asked
    const value = dtype === asked ? number : (index: number) => encodeFloat16(number(index))
    const data = allocateArray(dtype, sizeOf(shape))
    for (let index = 0; index < data.length; index++) data[index] = value(index)
    return tensor(data, { backend: this.#backend, shape, dtype })
  }
}

/** Names of all element types. */
export const everyDType: readonly DType[] = Object.keys(dtypes) as DType[]

/** A word as a number in 0 < x <= 1. */
function unit(word: number): number {
  return (word + 1) * 2 ** -32
}
