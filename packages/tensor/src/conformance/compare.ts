import type { DType, TypedArray } from '../dtype.ts'
import { decoders } from '../float16.ts'

/** One rounding of a float32: half a unit in the last place, relative to the number. */
const rounding = 2 ** -24

/** Smallest normal float32: results below may be flushed to 0 where a result is not exact anyway. */
const smallestNormal = 2 ** -126

/**
 * How far an element may be from the truth: roundings · 2⁻²⁴ · scale. An f16 that is not exact anyway may be its
 * neighbour, too: a number near the middle between two is rounded to one or the other.
 */
export interface Bound {
  readonly roundings: number
  /** For each element, or one for all. */
  readonly scale: ArrayLike<number>
}

/**
 * The first element that is not what it should be, told in words; undefined if all are. Without a bound elements must be
 * identical, to the sign of zero. Any NaN is the NaN expected; infinities must be equal.
 */
export function firstDifference(
  actual: TypedArray,
  expected: TypedArray,
  dtype: DType,
  bound: Bound | undefined,
): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} elements, expected ${expected.length}`
  const decode = decoders[dtype] ?? ((stored: number) => stored)
  for (let index = 0; index < expected.length; index++) {
    const [is, should] = [decode(actual[index]!), decode(expected[index]!)]
    if (Object.is(is, should)) continue
    const scale = bound ? bound.scale[bound.scale.length === 1 ? 0 : index]! : 0
    const allowed = bound ? bound.roundings * rounding * scale + stepOf(dtype, should, bound) : 0
    // Written so that NaN on either side fails.
    if (Math.abs(is - should) <= allowed && bound) continue
    const off = bound
      ? `, ${(Math.abs(is - should) / (rounding * scale)).toFixed(1)} roundings off, allowed ${bound.roundings}`
      : ''
    return `element ${index} of ${expected.length} is ${written(is)}, expected ${written(should)}${off}`
  }
  return undefined
}

/** From a number to its neighbour in f16; in f32, where roundings count it, to 0 from the smallest that may become 0. */
function stepOf(dtype: DType, value: number, { roundings }: Bound): number {
  if (dtype !== 'f16' || roundings === 0) return smallestNormal
  return Math.max(2 ** (Math.floor(Math.log2(Math.abs(value))) - 10), 2 ** -24)
}

function written(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
