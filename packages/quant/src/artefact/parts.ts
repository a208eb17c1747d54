/** What a file keeps of compressed tensors, and the type of its numbers. Each part of all tensors lies together. */
export const partTypes = {
  /** a whole number for each weight kept */
  codes: 'U8',
  /** f32 values of each weight kept */
  values: 'F32',
  /** llama.cpp's blocks */
  blocks: 'U8',
  /** Δ or α of each range */
  steps: 'F32',
  /** of each block of weights; or of each block of scale codes, then their mean */
  scales: 'F32',
  /** the scale of each block of weights, where scales are quantized too */
  scaleCodes: 'U8',
  /** q₀ of each range */
  offsets: 'F32',
  /** z of each range */
  zeroPoints: 'U8',
  /** the values that weights share */
  centroids: 'F32',
  /** which weights are kept */
  index: 'U8',
  /** lengths of Huffman codes */
  tables: 'U8',
} as const

/** One of them. */
export type PartName = keyof typeof partTypes

/** The part with a number for each weight, or with blocks of them. */
export type BodyName = 'codes' | 'values' | 'blocks'

/** Parts beside the body that belong to a scheme. */
export type SideName = Exclude<PartName, BodyName | 'index' | 'tables'>

/** All of them, in order. */
export const partNames: readonly PartName[] = Object.keys(partTypes) as PartName[]

/** Numbers by part. */
export type Arrays = { readonly [P in PartName]?: (typeof partTypes)[P] extends 'U8' ? Uint8Array : Float32Array }

/** Bytes by part; parts that a tensor does not need are left out. */
export type Parts = { readonly [P in PartName]?: Uint8Array }

/** The bytes of numbers, a view. */
export function bytesOf(values: Uint8Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** A copy as f32: bytes in a file need not begin where an f32 may. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}

/** Numbers as whole ones of the same bits, a view: f32 are compared and moved so, a NaN's bits and the sign of 0 kept. */
export function bitsOf(values: Uint8Array | Float32Array): Uint8Array | Uint32Array {
  return values instanceof Uint8Array ? values : new Uint32Array(values.buffer, values.byteOffset, values.length)
}
