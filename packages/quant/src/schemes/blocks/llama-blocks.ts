import { formatShape, type Shape } from '@tlc/tensor'
import { checkWeights } from '../../check-weights.ts'
import type { Scheme } from '../../scheme.ts'
import { q4_0 } from './q4-0.ts'
import { q4_k } from './q4-k.ts'
import { q6_k } from './q6-k.ts'
import { q8_0 } from './q8-0.ts'

/** A kind of block of llama.cpp. */
export type LlamaBlock = 'q8_0' | 'q4_0' | 'q4_k' | 'q6_k'

/** Weights as llama.cpp stores them: to the byte what its reference quantizer writes. */
export interface LlamaBlocks {
  readonly scheme: LlamaBlock
  readonly shape: Shape
  readonly blocks: Uint8Array
}

/** How one block is written and read. */
export interface BlockFormat {
  /** weights in a block */
  readonly weights: number
  /** bytes of a block */
  readonly bytes: number
  /** of a code */
  readonly bits: number
  /** Whether a weight of 0 stays 0. */
  readonly keepsZeros: boolean
  /** @param block written to, zeros before */
  encode(weights: Float32Array, block: Uint8Array): void
  /** @param weights written to */
  decode(block: Uint8Array, weights: Float32Array): void
}

/** Every kind of block by name. */
export const blockFormats: { readonly [B in LlamaBlock]: BlockFormat } = { q8_0, q4_0, q4_k, q6_k }

/**
 * Blocks of llama.cpp, for files in the GGUF format:
 *
 * | block | weights | bits a weight | values |
 * |---|---|---|---|
 * | `q8_0` | 32 | 8.5 | d c |
 * | `q4_0` | 32 | 4.5 | d (c - 8) |
 * | `q4_k` | 256 | 4.5 | d s c - m t, a pair (s, t) for each 32 |
 * | `q6_k` | 256 | 6.5625 | d s (c - 32), an s for each 16 |
 *
 * Every step is rounded to f32, as the C code does, so the bytes are equal to its.
 *
 * @throws RangeError (in encode) if rows are no whole number of blocks, or a weight is not finite
 * @see ggml, ggml-common.h (the layouts) and ggml-quants.c (the rounding)
 */
export function llamaBlocks(scheme: LlamaBlock): Scheme<LlamaBlocks> {
  const format = blockFormats[scheme]
  return {
    encode(weight, shape) {
      checkWeights(scheme, weight, shape)
      const row = shape.at(-1) ?? 1
      if (row % format.weights !== 0) {
        throw new RangeError(
          `${scheme}: rows of shape ${formatShape(shape)} are no whole number of blocks of ${format.weights} weights; ` +
            'use q8_0 or q4_0 (blocks of 32), or affine, which takes any length',
        )
      }
      const blocks = new Uint8Array((weight.length / format.weights) * format.bytes)
      for (let block = 0; block * format.bytes < blocks.length; block++) {
        format.encode(weightsOf(format, weight, block), bytesOf(format, blocks, block))
      }
      return { scheme, shape, blocks }
    },
    decode: decodeLlamaBlocks,
  }
}

/** The values of blocks, f32. */
export function decodeLlamaBlocks({ scheme, blocks }: LlamaBlocks): Float32Array {
  const format = blockFormats[scheme]
  const count = blocks.length / format.bytes
  const decoded = new Float32Array(count * format.weights)
  for (let block = 0; block < count; block++) {
    format.decode(bytesOf(format, blocks, block), weightsOf(format, decoded, block))
  }
  return decoded
}

function weightsOf({ weights }: BlockFormat, all: Float32Array, block: number): Float32Array {
  return all.subarray(block * weights, (block + 1) * weights)
}

function bytesOf({ bytes }: BlockFormat, all: Uint8Array, block: number): Uint8Array {
  return all.subarray(block * bytes, (block + 1) * bytes)
}
