import type { DType } from './dtype.ts'
import { roundHalfToEven } from './round.ts'

const float = new Float32Array(1)
const word = new Uint32Array(float.buffer)

/** The 16 bits (5 exponent, 10 fraction) nearest to a number, halves to even. Works from float32 values. */
export function encodeFloat16(value: number): number {
  float[0] = value
  const bits = word[0]!
  const sign = (bits >>> 16) & 0x8000
  const magnitude = Math.abs(float[0]!)
  if (Number.isNaN(magnitude)) return sign | 0x7e00
  if (magnitude >= 65520) return sign | 0x7c00
  // Below 2⁻¹⁴ steps are 2⁻²⁴; above, 2⁻¹⁰ of the power of two.
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude))
  const step = 2 ** (exponent - 10)
  const steps = roundHalfToEven(magnitude / step)
  return sign | ((exponent + 14) * 1024 + steps)
}

/** The value of 16 bits of float16. */
export function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** The upper 16 bits of float32, rounded to nearest, halves to even. */
export function encodeBfloat16(value: number): number {
  float[0] = value
  if (Number.isNaN(value)) return 0x7fc0
  const bits = word[0]!
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

/** The value of 16 bits of bfloat16. */
function decodeBfloat16(bits: number): number {
  word[0] = bits << 16
  return float[0]!
}

/** How stored bits become a number, for the types whose arrays do not hold numbers. */
export const decoders: { readonly [D in DType]?: (bits: number) => number } = {
  f16: decodeFloat16,
  bf16: decodeBfloat16,
}
