/**
 * Element types. `f32 i32 u32 bool` compute everywhere, `f16` where the backend says so (`computesHalf`);
 * `bf16 i8 u8` only store: cast before computing with them.
 */
export type DType = 'f32' | 'i32' | 'u32' | 'bool' | 'f16' | 'bf16' | 'i8' | 'u8'

/** The array that holds the elements of a tensor in memory. `f16` and `bf16` are raw bits, `bool` is 0 or 1. */
export type TypedArray = Float32Array | Int32Array | Uint32Array | Uint16Array | Int8Array | Uint8Array

interface DTypeRow {
  readonly bytes: 1 | 2 | 4
  readonly array: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedArray
}

/** What each element type is made of: bytes per element, and its array. */
export const dtypes: { readonly [D in DType]: DTypeRow } = {
  f32: { bytes: 4, array: Float32Array },
  i32: { bytes: 4, array: Int32Array },
  u32: { bytes: 4, array: Uint32Array },
  bool: { bytes: 1, array: Uint8Array },
  f16: { bytes: 2, array: Uint16Array },
  bf16: { bytes: 2, array: Uint16Array },
  i8: { bytes: 1, array: Int8Array },
  u8: { bytes: 1, array: Uint8Array },
}

/** A view of raw bytes as elements of a type. */
export function viewAs(dtype: DType, buffer: ArrayBufferLike, byteOffset: number, size: number): TypedArray {
  return new dtypes[dtype].array(buffer, byteOffset, size)
}

/** A new array of `size` zeros of a type. */
export function allocateArray(dtype: DType, size: number): TypedArray {
  return viewAs(dtype, new ArrayBuffer(size * dtypes[dtype].bytes), 0, size)
}
