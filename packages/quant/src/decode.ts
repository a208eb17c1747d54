import { sizeOf } from '@tlc/tensor'
import { packedBytes } from './pack.ts'
import type { Encoded, SchemeName } from './scheme.ts'
import { decodeAffine } from './schemes/affine/affine.ts'
import { grids } from './schemes/affine/grid.ts'
import { blockFormats, decodeLlamaBlocks, type LlamaBlock, type LlamaBlocks } from './schemes/blocks/llama-blocks.ts'
import { decodeCodebook } from './schemes/codebook.ts'
import { decodeFourBitFloat, type FourBitFloatCodes } from './schemes/four-bit-float.ts'
import { decodeTernary } from './schemes/ternary.ts'

/** Encoded tensors of one kind. */
type EncodedAs<S extends SchemeName> = Extract<Encoded, { readonly scheme: S }>

/** What a kind of compressed tensor means and takes. */
interface SchemeFacts<E> {
  readonly decode: (encoded: E) => Float32Array
  /** of the code of a weight */
  readonly bits: (encoded: E) => number
  /** Whether a weight of 0 is 0 again, so that pruned weights stay pruned. */
  readonly keepsZeros: (encoded: E) => boolean
  /** bytes of everything beside the codes: steps, offsets, tables */
  readonly sideBytes: (encoded: E) => number
}

const fourBitFloat: SchemeFacts<FourBitFloatCodes> = {
  decode: decodeFourBitFloat,
  bits: () => 4,
  keepsZeros: () => true,
  sideBytes: ({ scales, doubled }) =>
    doubled ? doubled.codes.byteLength + doubled.scales.byteLength + 4 : scales.byteLength,
}

const llamaBlock = (scheme: LlamaBlock): SchemeFacts<LlamaBlocks> => {
  const { bits, keepsZeros } = blockFormats[scheme]
  return {
    decode: decodeLlamaBlocks,
    bits: () => bits,
    keepsZeros: () => keepsZeros,
    sideBytes: ({ blocks, shape }) => blocks.byteLength - packedBytes(sizeOf(shape), bits),
  }
}

/** Every kind of compressed tensor by name. */
const facts: { readonly [S in SchemeName]: SchemeFacts<EncodedAs<S>> } = {
  affine: {
    decode: decodeAffine,
    bits: ({ bits }) => bits,
    keepsZeros: ({ grid }) => grids[grid].zeroExact,
    sideBytes: ({ steps, offsets, zeroPoints }) => steps.byteLength + offsets.byteLength + zeroPoints.byteLength,
  },
  codebook: {
    decode: decodeCodebook,
    bits: ({ bits }) => bits,
    keepsZeros: ({ centroids }) => centroids.includes(0),
    sideBytes: ({ centroids }) => centroids.byteLength,
  },
  nf4: fourBitFloat,
  fp4: fourBitFloat,
  ternary: {
    decode: decodeTernary,
    bits: () => 2,
    keepsZeros: () => true,
    sideBytes: ({ steps }) => steps.byteLength,
  },
  q8_0: llamaBlock('q8_0'),
  q4_0: llamaBlock('q4_0'),
  q4_k: llamaBlock('q4_k'),
  q6_k: llamaBlock('q6_k'),
  f32: { decode: ({ values }) => values, bits: () => 32, keepsZeros: () => true, sideBytes: () => 0 },
}

/** The weights that a compressed tensor stands for, f32. */
export function decode(encoded: Encoded): Float32Array {
  return factsOf(encoded).decode(encoded)
}

/** Bits of the code of each weight, 32 where there is none. */
export function codeBits(encoded: Encoded): number {
  return factsOf(encoded).bits(encoded)
}

/** Whether a weight of 0 is 0 again, so that pruned weights stay pruned. */
export function keepsZeros(encoded: Encoded): boolean {
  return factsOf(encoded).keepsZeros(encoded)
}

/** Bytes of codes, packed, and of everything that goes with them, for all weights: ⌈n k / 8⌉ + the steps, tables… */
export function payloadBytes(encoded: Encoded): number {
  return packedBytes(sizeOf(encoded.shape), codeBits(encoded)) + factsOf(encoded).sideBytes(encoded)
}

/** The row of its own scheme, which TypeScript cannot tell from the others'. */
function factsOf<E extends Encoded>(encoded: E): SchemeFacts<E> {
  return facts[encoded.scheme] as unknown as SchemeFacts<E>
}
