import { apply } from '../apply.ts'
import type { Tensor } from '../tensor.ts'

/** Which operands of a product are read transposed; nothing is copied. */
export interface MatmulOptions {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
}

/**
 * a · b over the last two axes; leading axes broadcast.
 *
 * @param a f32 or f16 `[..., rows, inner]`, or `[..., inner, rows]` with `transposeA`
 * @param b of the same type, `[..., inner, columns]`, or `[..., columns, inner]` with `transposeB`
 * @returns `[..., rows, columns]`
 */
export function matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: MatmulOptions = {}): Tensor {
  return apply('matmul', [a, b], { transposeA, transposeB })[0]!
}
