import { packCodes, packedBytes } from '../pack.ts'
import { type AffineCodes, zeroPointOf } from '../schemes/affine/affine.ts'

/** Codes on affine grids as kernels read them: W = (c - z) · scale, groups along each row. */
export interface HostRows {
  readonly rows: number
  /** weights in a row */
  readonly size: number
  /** of a code in memory */
  readonly bits: 4 | 8
  readonly group: number
  /** ranges in a row */
  readonly groups: number
  /** `[rows, ⌈size · bits / 8⌉]` */
  readonly codes: Uint8Array
  /** `[rows, groups]` */
  readonly scales: Float32Array
  /** `[rows, groups]`; undefined where all are 2^(bits - 1) */
  readonly zeroPoints: Uint8Array | Float32Array | undefined
}

/**
 * Weights on any affine grid as rows for kernels: W = (c - z) · Δ with z = zeroPoint - q₀ / Δ, in bytes where all z are
 * whole, else in f32 (which rounds it, an error of |q₀| 2⁻²⁴ at most). Where Δ is 0 every weight is q₀ = (c - (c - 1)) q₀.
 *
 * @throws RangeError unless the shape has two axes
 */
export function packedRows(encoded: AffineCodes): HostRows {
  const [rows, size] = matrixShape(encoded)
  const { granularity, steps, offsets } = encoded
  const group = typeof granularity === 'string' ? size : Math.min(granularity.group, size)
  const groups = Math.ceil(size / group)
  const bits = encoded.bits <= 4 ? 4 : 8
  const scales = new Float32Array(rows * groups)
  const zeros = new Float32Array(rows * groups)
  for (let index = 0; index < scales.length; index++) {
    const range = granularity === 'tensor' ? 0 : index
    const [step, offset, zero] = [steps[range]!, offsets[range] ?? 0, zeroPointOf(encoded, range)]
    scales[index] = step === 0 ? offset : step
    zeros[index] = step === 0 ? zero - 1 : zero - offset / step
  }
  const codes = packRows(encoded.codes, rows, size, bits)
  return { rows, size, bits, group, groups, codes, scales, zeroPoints: stored(zeros, 2 ** (bits - 1)) }
}

/** @throws RangeError unless weights are a matrix */
export function matrixShape({ shape }: AffineCodes): readonly [rows: number, size: number] {
  if (shape.length !== 2)
    throw new RangeError(`weights of a layer have two axes, [out, in]; these have ${shape.length}`)
  return shape as unknown as readonly [number, number]
}

/** Every row from a new byte on. */
function packRows(codes: Uint8Array, rows: number, size: number, bits: 4 | 8): Uint8Array {
  const bytes = packedBytes(size, bits)
  const packed = new Uint8Array(rows * bytes)
  for (let row = 0; row < rows; row++)
    packed.set(packCodes(codes.subarray(row * size, (row + 1) * size), bits), row * bytes)
  return packed
}

function stored(zeros: Float32Array, implied: number): Uint8Array | Float32Array | undefined {
  if (zeros.every((zero) => zero === implied)) return undefined
  return zeros.every((zero) => Number.isInteger(zero) && zero >= 0 && zero < 256) ? Uint8Array.from(zeros) : zeros
}
