import { type Shape, sizeOf } from '@tlc/tensor'
import { checkWeights } from '../check-weights.ts'
import type { Scheme } from '../scheme.ts'
import { type DoubledScales, decodeScales, doubleScales } from './double-quantization.ts'

/** A table of 16 values within -1 … 1, for weights that were divided by the largest of their block. */
export type FourBitFloat = 'nf4' | 'fp4'

/** How weights are cut into blocks that share a scale. */
export interface FourBitFloatOptions {
  /** weights in a block, 64 by default; the last of a tensor may be shorter */
  readonly block?: number
  /** Stores the scales in 8 bits too: 4.127 bits a weight instead of 4.5; false by default. */
  readonly doubleQuantization?: boolean
}

/** Weights as indices into a fixed table, with a scale for each block. */
export interface FourBitFloatCodes {
  readonly scheme: FourBitFloat
  readonly shape: Shape
  /** weights that share a scale, row-major through the whole tensor */
  readonly block: number
  /** an index for each weight, 0 … 15; in packed bytes the first of two takes the high half */
  readonly codes: Uint8Array
  /** max |w| of each block, as it is used */
  readonly scales: Float32Array
  /** the same scales in a quarter of the bytes, where they were quantized in their turn */
  readonly doubled?: DoubledScales
}

/** The tables. */
export const fourBitFloats: { readonly [T in FourBitFloat]: Float32Array } = {
  /**
   * Quantiles of the normal distribution, so that weights spread normally use all codes alike, and 0 is one.
   *
   * @see Dettmers et al. 2023, QLoRA, appendix E
   */
  nf4: Float32Array.of(
    ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453],
    ...[-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0],
    ...[0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224],
    ...[0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1],
  ),
  /** 0.0625, 8, 12, 4, 6, 2, 3 and 0, in twelfths, and their negatives: a sign, two bits of exponent, one of fraction. */
  fp4: Float32Array.from(
    [0, 0.0625, 8, 12, 4, 6, 2, 3, 0, -0.0625, -8, -12, -4, -6, -2, -3],
    (twelfths) => twelfths / 12,
  ),
}

/**
 * NF4: each block of weights is divided by its largest, s = max |w|, and each becomes the nearest of 16 normal
 * quantiles: w ≈ s · table[code]. A midpoint goes to the lower value.
 *
 * @throws RangeError if a block is not a whole number >= 1, or a weight is not finite
 * @see Dettmers et al. 2023, QLoRA, section 3
 */
export function nf4(options: FourBitFloatOptions = {}): Scheme<FourBitFloatCodes> {
  return fourBitFloat('nf4', options)
}

/** FP4: as `nf4`, on 4-bit floating-point numbers. 0 has the codes 0 and 8, of which only 0 is used. */
export function fp4(options: FourBitFloatOptions = {}): Scheme<FourBitFloatCodes> {
  return fourBitFloat('fp4', options)
}

function fourBitFloat(
  table: FourBitFloat,
  { block = 64, doubleQuantization = false }: FourBitFloatOptions,
): Scheme<FourBitFloatCodes> {
  if (!(Number.isInteger(block) && block >= 1)) {
    throw new RangeError(`${table}: block must be a whole number >= 1, got ${block}; 64 is usual`)
  }
  return {
    encode(weight, shape) {
      checkWeights(table, weight, shape)
      const greatest = blockMaxima(weight, block)
      const doubled = doubleQuantization ? doubleScales(greatest) : undefined
      // Codes are chosen for the exact scales, as the reference does.
      const codes = nearestCodes(table, weight, greatest, block)
      const scales = doubled ? decodeScales(doubled) : greatest
      return { scheme: table, shape, block, codes, scales, ...(doubled ? { doubled } : {}) }
    },
    decode: decodeFourBitFloat,
  }
}

/** s · table[code], f32. */
export function decodeFourBitFloat({ scheme, shape, block, codes, scales }: FourBitFloatCodes): Float32Array {
  const values = fourBitFloats[scheme]
  const decoded = new Float32Array(sizeOf(shape))
  for (let index = 0; index < decoded.length; index++) {
    // + 0 turns -0 into 0.
    decoded[index] = values[codes[index]!]! * scales[Math.floor(index / block)]! + 0
  }
  return decoded
}

function blockMaxima(weight: Float32Array, block: number): Float32Array {
  return Float32Array.from({ length: Math.ceil(weight.length / block) }, (_, index) => {
    const values = weight.subarray(index * block, (index + 1) * block)
    return values.reduce((greatest, each) => Math.max(greatest, Math.abs(each)), 0)
  })
}

function nearestCodes(table: FourBitFloat, weight: Float32Array, scales: Float32Array, block: number): Uint8Array {
  const { order, midpoints } = ascending(fourBitFloats[table])
  const codes = new Uint8Array(weight.length)
  for (let index = 0; index < weight.length; index++) {
    const scale = scales[Math.floor(index / block)]!
    const value = scale === 0 ? 0 : Math.fround(weight[index]! / scale)
    let place = 0
    while (place < midpoints.length && value > midpoints[place]!) place++
    codes[index] = order[place]!
  }
  return codes
}

/** The codes of distinct values in ascending order, and the midpoints, f32, between them. */
function ascending(values: Float32Array): { readonly order: readonly number[]; readonly midpoints: Float32Array } {
  const order = [...values.keys()]
    .filter((code) => values.indexOf(values[code]!) === code)
    .sort((a, b) => values[a]! - values[b]!)
  const midpoints = Float32Array.from(order.slice(1), (code, place) => (values[order[place]!]! + values[code]!) / 2)
  return { order, midpoints }
}
