import type { Shape } from '@tlc/tensor'
import type { AffineCodes } from './schemes/affine/affine.ts'
import type { LlamaBlocks } from './schemes/blocks/llama-blocks.ts'
import type { CodebookCodes } from './schemes/codebook.ts'
import type { FourBitFloatCodes } from './schemes/four-bit-float.ts'
import type { TernaryCodes } from './schemes/ternary.ts'

/** A tensor left in f32. */
export interface PlainTensor {
  readonly scheme: 'f32'
  readonly shape: Shape
  readonly values: Float32Array
}

/** A compressed tensor as plain data: `scheme` says which kind it is, and so how it is decoded and stored. */
export type Encoded = AffineCodes | CodebookCodes | FourBitFloatCodes | TernaryCodes | LlamaBlocks | PlainTensor

/** The name of a kind of compressed tensor. */
export type SchemeName = Encoded['scheme']

/** A way to write weights as small whole numbers. Both directions are exact about what they do: same input, same bits. */
export interface Scheme<E extends Encoded = Encoded> {
  /**
   * @param weight row-major, f32
   * @throws RangeError if it holds NaN or an infinity, or does not fill the shape
   */
  encode(weight: Float32Array, shape: Shape): E
  decode(encoded: E): Float32Array
}
