import { apply } from '../apply.ts'
import { composites } from '../composites/index.ts'
import type { Tensor } from '../tensor.ts'

/**
 * y = (Σ q c) · (s · scale) + b with each row of x rounded to q = round(x / s), s = max|x| / 127: a product of whole
 * numbers, summed exactly.
 *
 * @param x f32 `[..., in]`
 * @param codes i8 `[out, in]`
 * @param scales f32 `[out]`
 * @param bias f32 `[out]`
 * @returns f32 `[..., out]`
 */
export function quantizedLinear(x: Tensor, codes: Tensor, scales: Tensor, bias?: Tensor): Tensor {
  return apply(composites.quantizedLinear, [x, codes, scales, ...(bias ? [bias] : [])], {})[0]!
}

/** Rows of weights W = (c - z) · scale as they lie in memory. */
export interface PackedRows {
  /** u8 `[rows, ⌈size · bits / 8⌉]`; of two codes of 4 bits the first has the lower half of the byte */
  readonly codes: Tensor
  /** f32 `[rows, ⌈size / group⌉]` */
  readonly scales: Tensor
  /** z, u8 or f32 of the shape of the scales; 2^(bits - 1) without */
  readonly zeroPoints?: Tensor | undefined
  readonly bits: 4 | 8
  /** neighbours in a row that share a scale */
  readonly group: number
}

/** y = x Wᵀ + b in f32, W packed. x f32 `[..., in]`, bias f32 `[out]`; returns f32 `[..., out]`. */
export function weightOnlyLinear(x: Tensor, weight: PackedRows, bias?: Tensor): Tensor {
  const { inputs, parameters } = packed(weight)
  return apply(composites.weightOnlyLinear, [x, ...inputs, ...(bias ? [bias] : [])], parameters)[0]!
}

/** Rows of a packed table at ids (i32, any shape): f32 `[..., size]`; ids outside clamp. */
export function quantizedEmbedding(table: PackedRows & { readonly size: number }, ids: Tensor): Tensor {
  const { inputs, parameters } = packed(table)
  return apply(composites.quantizedEmbedding, [...inputs, ids], { ...parameters, size: table.size })[0]!
}

function packed({ codes, scales, zeroPoints, bits, group }: PackedRows) {
  return {
    inputs: [codes, scales, ...(zeroPoints ? [zeroPoints] : [])],
    parameters: { bits, group, zeroPoints: zeroPoints !== undefined },
  }
}
