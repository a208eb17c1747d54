import { type Backend, type DType, type Tensor, type TypedArray, tensor } from '@tlc/tensor'
import { SafetensorsError } from './errors.ts'
import type { StoredTensor, StoredType } from './format.ts'
import { parseSafetensors } from './parse.ts'
import { serializeSafetensors } from './serialize.ts'

/** The type a tensor is written as. */
const written: { readonly [D in DType]: StoredType } = {
  f32: 'F32',
  i32: 'I32',
  u32: 'U32',
  bool: 'BOOL',
  f16: 'F16',
  bf16: 'BF16',
  i8: 'I8',
  u8: 'U8',
}

interface Reading {
  /** what it becomes here */
  readonly dtype: DType
  /** the elements of bytes that begin at an address divisible by 8 */
  read(bytes: ArrayBuffer, name: string): TypedArray
}

/** How types are read that have a counterpart here. Wider floats are rounded; wider integers must fit. */
const readings: { readonly [S in StoredType]?: Reading } = {
  F64: { dtype: 'f32', read: (bytes) => Float32Array.from(new Float64Array(bytes)) },
  F32: { dtype: 'f32', read: (bytes) => new Float32Array(bytes) },
  F16: { dtype: 'f16', read: (bytes) => new Uint16Array(bytes) },
  BF16: { dtype: 'bf16', read: (bytes) => new Uint16Array(bytes) },
  I64: { dtype: 'i32', read: (bytes, name) => narrowed(new BigInt64Array(bytes), name) },
  U64: { dtype: 'i32', read: (bytes, name) => narrowed(new BigUint64Array(bytes), name) },
  I32: { dtype: 'i32', read: (bytes) => new Int32Array(bytes) },
  U32: { dtype: 'u32', read: (bytes) => new Uint32Array(bytes) },
  I16: { dtype: 'i32', read: (bytes) => Int32Array.from(new Int16Array(bytes)) },
  U16: { dtype: 'i32', read: (bytes) => Int32Array.from(new Uint16Array(bytes)) },
  I8: { dtype: 'i8', read: (bytes) => new Int8Array(bytes) },
  U8: { dtype: 'u8', read: (bytes) => new Uint8Array(bytes) },
  BOOL: { dtype: 'bool', read: (bytes) => new Uint8Array(bytes).map((byte) => Number(byte !== 0)) },
}

function narrowed(values: BigInt64Array | BigUint64Array, name: string): Int32Array {
  const narrow = new Int32Array(values.length)
  values.forEach((value, index) => {
    narrow[index] = Number(value)
    if (BigInt(narrow[index]!) !== value) {
      throw new SafetensorsError(
        `safetensors: '${name}' holds ${value} at element ${index}, which does not fit into i32`,
      )
    }
  })
  return narrow
}

/**
 * A tensor from its bytes. F64 is rounded to f32; I64, U64, I16 and U16 become i32.
 *
 * @throws SafetensorsError if the type has no counterpart here, or an integer does not fit
 */
export function toTensor(
  name: string,
  { type, shape, bytes }: StoredTensor,
  options: { readonly backend?: Backend } = {},
): Tensor {
  const reading = readings[type]
  if (!reading) {
    throw new SafetensorsError(
      `safetensors: '${name}' is ${type}, which has no counterpart here; readable are ${Object.keys(readings).join(', ')}`,
    )
  }
  return tensor(reading.read(new Uint8Array(bytes).buffer, name), { ...options, shape, dtype: reading.dtype })
}

/** The bytes of a tensor. */
export async function fromTensor(x: Tensor): Promise<StoredTensor> {
  const data = await x.data()
  return {
    type: written[x.dtype],
    shape: x.shape,
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }
}

/**
 * Every tensor of a file, by name.
 *
 * @throws SafetensorsError if the file is corrupt, with no tensor made
 */
export function decodeTensors(file: Uint8Array, options: { readonly backend?: Backend } = {}): Map<string, Tensor> {
  const made = new Map<string, Tensor>()
  try {
    for (const [name, stored] of parseSafetensors(file).tensors) made.set(name, toTensor(name, stored, options))
  } catch (error) {
    for (const x of made.values()) x.dispose()
    throw error
  }
  return made
}

/** Tensors as a file. */
export async function encodeTensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata?: ReadonlyMap<string, string>,
): Promise<Uint8Array> {
  const stored = await Promise.all([...tensors].map(async ([name, x]) => [name, await fromTensor(x)] as const))
  return serializeSafetensors(new Map(stored), metadata)
}
