import { type AffineCodes, type AffineFormat, zeroPointOf } from './affine.ts'
import { spanAt, spansOf } from './granularity.ts'
import { grids } from './grid.ts'
import { packCodes, packedBytes, unpackCodes } from './pack.ts'

/** Quantized weights as they are stored. Parts that a tensor does not need are empty. */
export interface Parts {
  /** codes of all weights or, if there is a mask, of those that are not 0; packed */
  readonly codes: Uint8Array
  /** Δ of each range */
  readonly steps: Float32Array
  /** q₀ of each range */
  readonly offsets: Float32Array
  /** z of each range */
  readonly zeroPoints: Uint8Array
  /** one bit for each weight, little end first: 1 where it is not 0 */
  readonly mask: Uint8Array
}

/**
 * Packs quantized weights in whichever form is smaller: the codes of all, or (where 0 is exact) a bit mask and the codes
 * of those that are not 0. Of equal sizes, the first. Both decode to the same values.
 */
export function toParts(encoded: AffineCodes): Parts {
  const { codes, bits, steps, offsets, zeroPoints } = encoded
  const dense = { codes: packCodes(codes, bits), steps, offsets, zeroPoints, mask: new Uint8Array(0) }
  if (!grids[encoded.grid].zeroExact) return dense
  const { mask, nonZeros } = splitZeros(encoded)
  const sparseBytes = mask.length + packedBytes(nonZeros.length, bits)
  return sparseBytes < dense.codes.length ? { ...dense, codes: packCodes(nonZeros, bits), mask } : dense
}

/**
 * The inverse of `toParts`.
 *
 * @throws RangeError if parts have not the lengths, or the values, that the format calls for
 */
export function fromParts(parts: Parts, format: AffineFormat): AffineCodes {
  const { steps, offsets, zeroPoints } = parts
  checkRanges(parts, format)
  const size = format.shape.reduce((product, length) => product * length, 1)
  if (parts.mask.length === 0) {
    const codes = unpackCodes(parts.codes, format.bits, size)
    return { scheme: 'affine', ...format, codes, steps, offsets, zeroPoints }
  }
  checkLength('mask', parts.mask, packedBytes(size, 1))
  const encoded: AffineCodes = { scheme: 'affine', ...format, codes: new Uint8Array(size), steps, offsets, zeroPoints }
  joinZeros(encoded, parts)
  return encoded
}

/** How many of quantized weights are not 0. */
export function countNonZeros(encoded: AffineCodes): number {
  let count = 0
  eachRange(encoded, (start, end, zero) => {
    for (let index = start; index < end; index++) if (encoded.codes[index] !== zero) count++
  })
  return count
}

/** Calls back with the bounds of each range and the code of 0 in it; on a grid without one, NaN. */
function eachRange(encoded: AffineCodes, visit: (start: number, end: number, zero: number) => void): void {
  const spans = spansOf(encoded.granularity, encoded.shape)
  const { zeroExact } = grids[encoded.grid]
  for (let range = 0; range < spans.count; range++) {
    visit(...spanAt(spans, range), zeroExact ? zeroPointOf(encoded, range) : Number.NaN)
  }
}

function splitZeros(encoded: AffineCodes): { mask: Uint8Array; nonZeros: Uint8Array } {
  const { codes } = encoded
  const mask = new Uint8Array(packedBytes(codes.length, 1))
  const nonZeros = new Uint8Array(codes.length)
  let count = 0
  eachRange(encoded, (start, end, zero) => {
    for (let index = start; index < end; index++) {
      if (codes[index] === zero) continue
      mask[index >> 3]! |= 1 << (index & 7)
      nonZeros[count++] = codes[index]!
    }
  })
  return { mask, nonZeros: nonZeros.subarray(0, count) }
}

function joinZeros(encoded: AffineCodes, { mask, codes }: Parts): void {
  let count = 0
  for (let index = 0; index < mask.length * 8; index++) count += (mask[index >> 3]! >> (index & 7)) & 1
  const nonZeros = unpackCodes(codes, encoded.bits, count)
  let next = 0
  eachRange(encoded, (start, end, zero) => {
    for (let index = start; index < end; index++) {
      encoded.codes[index] = (mask[index >> 3]! >> (index & 7)) & 1 ? nonZeros[next++]! : zero
    }
  })
  if (next !== count) throw new RangeError('the mask has a bit set beyond its last weight')
}

function checkRanges(
  { steps, offsets, zeroPoints, mask }: Parts,
  { granularity, shape, grid, bits }: AffineFormat,
): void {
  const { count } = spansOf(granularity, shape)
  const { stores, zeroExact } = grids[grid]
  checkLength('steps', steps, count)
  checkLength('offsets', offsets, stores === 'offset' ? count : 0)
  checkLength('zero points', zeroPoints, stores === 'zeroPoint' ? count : 0)
  if (!zeroExact && mask.length > 0) throw new RangeError(`there is a mask, but 0 is not exact on the grid '${grid}'`)
  if (!steps.every((step) => Number.isFinite(step) && step >= 0)) throw new RangeError('a step is not finite and >= 0')
  if (!offsets.every(Number.isFinite)) throw new RangeError('an offset is not finite')
  if (!zeroPoints.every((zeroPoint) => zeroPoint < 2 ** bits))
    throw new RangeError(`a zero point needs over ${bits} bits`)
}

function checkLength(what: string, part: { readonly length: number }, expected: number): void {
  if (part.length !== expected) throw new RangeError(`expected ${expected} ${what}, got ${part.length}`)
}
