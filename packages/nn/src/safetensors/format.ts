/** Bits of one element of every type the format defines. */
export const storedBits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const

export type StoredType = keyof typeof storedBits

/** A tensor as it lies in a file: little-endian, row-major. */
export interface StoredTensor {
  readonly type: StoredType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** What is in a file. */
export interface SafetensorsContent {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** free text by name */
  readonly metadata: ReadonlyMap<string, string>
}

/** The largest header that is read, 100 MB, as in the format's definition: more is an attack or not a header. */
export const maxHeaderBytes = 100_000_000
