import { type Bitmask, decodeBitmask } from './bitmask.ts'
import { type BlockRows, decodeBlockRows } from './block-rows.ts'
import { decodeTwoOfFour, type TwoOfFour } from './two-of-four.ts'

/** A tensor of which zeros are not stored: plain data, told apart by `format`. */
export type SparseTensor = BlockRows | Bitmask | TwoOfFour

type Format = SparseTensor['format']
type Of<F extends Format> = Extract<SparseTensor, { readonly format: F }>

interface Reading<F extends Format> {
  readonly decode: (encoded: Of<F>) => Float32Array
  /** all arrays that must be stored */
  readonly parts: (encoded: Of<F>) => readonly ArrayBufferView[]
}

const formats: { readonly [F in Format]: Reading<F> } = {
  blockRows: { decode: decodeBlockRows, parts: ({ values, columns, offsets }) => [values, columns, offsets] },
  bitmask: { decode: decodeBitmask, parts: ({ values, bits }) => [values, bits] },
  '2:4': { decode: decodeTwoOfFour, parts: ({ values, places }) => [values, places] },
}

/** The tensor in full, row-major: what was encoded, but for the sign of zeros. */
export function decodeSparse(encoded: SparseTensor): Float32Array {
  return (formats[encoded.format] as Reading<Format>).decode(encoded)
}

/** Bytes of all that must be stored, shapes aside. */
export function sparseBytes(encoded: SparseTensor): number {
  const parts = (formats[encoded.format] as Reading<Format>).parts(encoded)
  return parts.reduce((bytes, { byteLength }) => bytes + byteLength, 0)
}
