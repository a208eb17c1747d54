import { decodeFloat16, encodeFloat16 } from '@tlc/tensor'

/** Writes a number as float16, little end first, the nearest, halves to even. */
export function writeHalf(bytes: Uint8Array, place: number, value: number): void {
  const bits = encodeFloat16(value)
  bytes[place] = bits & 255
  bytes[place + 1] = bits >> 8
}

/** Reads what `writeHalf` wrote. */
export function readHalf(bytes: Uint8Array, place: number): number {
  return decodeFloat16(bytes[place]! | (bytes[place + 1]! << 8))
}

/** The number nearest to x, halves to even, of an f32 number below 2^22: adding 1.5 · 2^23 leaves no place for a fraction. */
export function nearestWhole(x: number): number {
  return Math.fround(Math.fround(x) + 12582912) - 12582912
}
