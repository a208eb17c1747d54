import { formatShape, type Shape, sizeOf } from '@tlc/tensor'
import type { PlainTensor } from '../scheme.ts'
import { blockFormats, type LlamaBlocks } from '../schemes/blocks/llama-blocks.ts'

/** Bytes that are not a GGUF file, or one with something that has no counterpart here. */
export class GgufError extends Error {
  override name = 'GgufError'
}

/** A tensor in float16. */
export interface HalfTensor {
  readonly scheme: 'f16'
  readonly shape: Shape
  /** the 16 bits of each value, row-major: see `encodeFloat16` of @tlc/tensor */
  readonly halves: Uint16Array
}

/** A tensor that GGUF has a type for. */
export type GgufTensor = PlainTensor | HalfTensor | LlamaBlocks

/** A type of number that JavaScript's numbers hold. */
export type NumberType = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'f32' | 'f64'

/** A value of the metadata that is one number, truth or text. */
export type GgufScalar =
  | { readonly type: NumberType; readonly value: number }
  | { readonly type: 'u64'; readonly value: bigint }
  | { readonly type: 'i64'; readonly value: bigint }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }

/** A value of the metadata. */
export type GgufValue =
  | GgufScalar
  | { readonly type: 'array'; readonly of: GgufValue['type']; readonly value: readonly GgufValue[] }

/** The number of each type of value. @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
export const valueTypes: { readonly [T in GgufValue['type']]: number } = {
  ...{ u8: 0, i8: 1, u16: 2, i16: 3, u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9, u64: 10, i64: 11, f64: 12 },
}

type NumberName = 'Uint8' | 'Int8' | 'Uint16' | 'Int16' | 'Uint32' | 'Int32' | 'Float32' | 'Float64'

/** Bytes, range and `DataView`'s name of each type of number. */
export const numberTypes: {
  readonly [T in NumberType]: {
    readonly bytes: number
    readonly name: NumberName
    readonly whole?: readonly [number, number]
  }
} = {
  u8: { bytes: 1, name: 'Uint8', whole: [0, 2 ** 8 - 1] },
  i8: { bytes: 1, name: 'Int8', whole: [-(2 ** 7), 2 ** 7 - 1] },
  u16: { bytes: 2, name: 'Uint16', whole: [0, 2 ** 16 - 1] },
  i16: { bytes: 2, name: 'Int16', whole: [-(2 ** 15), 2 ** 15 - 1] },
  u32: { bytes: 4, name: 'Uint32', whole: [0, 2 ** 32 - 1] },
  i32: { bytes: 4, name: 'Int32', whole: [-(2 ** 31), 2 ** 31 - 1] },
  f32: { bytes: 4, name: 'Float32' },
  f64: { bytes: 8, name: 'Float64' },
}

/** How a type of tensor lies in a file. */
interface TensorType {
  /** ggml's number of it */
  readonly number: number
  /** weights in a block, all of one row */
  readonly weights: number
  /** of a block */
  readonly bytes: number
}

/** Every type of tensor by name. @see ggml.h, enum ggml_type */
export const tensorTypes: { readonly [S in GgufTensor['scheme']]: TensorType } = {
  f32: { number: 0, weights: 1, bytes: 4 },
  f16: { number: 1, weights: 1, bytes: 2 },
  q4_0: { number: 2, weights: blockFormats.q4_0.weights, bytes: blockFormats.q4_0.bytes },
  q8_0: { number: 8, weights: blockFormats.q8_0.weights, bytes: blockFormats.q8_0.bytes },
  q4_k: { number: 12, weights: blockFormats.q4_k.weights, bytes: blockFormats.q4_k.bytes },
  q6_k: { number: 14, weights: blockFormats.q6_k.weights, bytes: blockFormats.q6_k.bytes },
}

/** ggml's tensors have 4 axes at most. */
export const mostAxes = 4

/**
 * Bytes of a tensor of this type and shape.
 *
 * @throws GgufError if it has too many axes, or rows that are not made of whole blocks
 */
export function tensorBytes(scheme: GgufTensor['scheme'], shape: Shape): number {
  const { weights, bytes } = tensorTypes[scheme]
  const size = sizeOf(shape)
  if (shape.length > mostAxes) throw new GgufError(`shape ${formatShape(shape)} has over ${mostAxes} axes; reshape it`)
  if ((shape.at(-1) ?? 1) % weights !== 0) {
    throw new GgufError(`rows of shape ${formatShape(shape)} are not made of ${scheme} blocks of ${weights} weights`)
  }
  if (!Number.isSafeInteger(size * bytes)) throw new GgufError(`shape ${formatShape(shape)} is too large`)
  return (size / weights) * bytes
}

/** Tensors begin at multiples of so many bytes, unless the metadata say otherwise. */
export const usualAlignment = 32

/** The metadata entry that says how tensors are aligned, u32. */
export const alignmentKey = 'general.alignment'

/** The next multiple of the alignment. */
export function aligned(place: number, alignment: number): number {
  return Math.ceil(place / alignment) * alignment
}
