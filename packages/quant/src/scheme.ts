import type { Shape } from '@tlc/tensor'

/** A way to write weights as small whole numbers. Both directions are exact about what they do: same input, same bits. */
export interface Scheme<Encoded> {
  /**
   * @param weight row-major, f32
   * @throws RangeError if it holds NaN or an infinity
   */
  encode(weight: Float32Array, shape: Shape): Encoded
  decode(encoded: Encoded): Float32Array
}
