import {
  aligned,
  alignmentKey,
  GgufError,
  type GgufScalar,
  type GgufTensor,
  type GgufValue,
  mostAxes,
  numberTypes,
  tensorBytes,
  tensorTypes,
  usualAlignment,
  valueTypes,
} from './format.ts'

/** What is in a file. */
export interface GgufContent {
  readonly tensors: ReadonlyMap<string, GgufTensor>
  readonly metadata: ReadonlyMap<string, GgufValue>
}

/**
 * Reads a file of version 2 or 3, little end first. As ggml does, it expects each tensor where the one before it ends,
 * filled up to the alignment.
 *
 * @throws GgufError if it is cut off, no such file, or has a type of tensor other than f32, f16, q8_0, q4_0, q4_k, q6_k
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function readGguf(file: Uint8Array): GgufContent {
  const reader = new ByteReader(file)
  const magic = String.fromCharCode(...reader.bytes(4))
  if (magic !== 'GGUF') throw new GgufError(`gguf: a file begins with 'GGUF', got ${JSON.stringify(magic)}`)
  const version = reader.u32()
  if (version !== 2 && version !== 3) throw new GgufError(`gguf: version ${version} of the format, expected 2 or 3`)
  const tensorCount = reader.count()
  const entryCount = reader.count()
  const metadata = new Map<string, GgufValue>()
  for (let entry = 0; entry < entryCount; entry++) {
    const name = reader.text()
    if (metadata.has(name)) throw new GgufError(`gguf: the entry '${name}' comes twice`)
    metadata.set(name, readValue(reader, reader.u32(), 0))
  }
  const alignment = alignmentOf(metadata.get(alignmentKey))
  const infos: TensorInfo[] = []
  for (let index = 0; index < tensorCount; index++) infos.push(readInfo(reader))
  return { tensors: readTensors(file, infos, aligned(reader.place, alignment), alignment), metadata }
}

interface TensorInfo {
  readonly name: string
  readonly shape: readonly number[]
  readonly scheme: GgufTensor['scheme']
  readonly offset: number
}

function readInfo(reader: ByteReader): TensorInfo {
  const name = reader.text()
  const axes = reader.u32()
  if (axes > mostAxes) throw new GgufError(`gguf: '${name}' has ${axes} axes, at most ${mostAxes} are allowed`)
  // ggml counts axes from the fastest one.
  const shape = Array.from({ length: axes }, () => reader.count()).reverse()
  const number = reader.u32()
  const found = Object.entries(tensorTypes).find(([, type]) => type.number === number)
  if (!found) {
    const readable = Object.keys(tensorTypes).join(', ')
    throw new GgufError(`gguf: '${name}' has ggml's type ${number}, which is not read here; readable are ${readable}`)
  }
  return { name, shape, scheme: found[0] as GgufTensor['scheme'], offset: reader.count() }
}

function readTensors(
  file: Uint8Array,
  infos: readonly TensorInfo[],
  start: number,
  alignment: number,
): Map<string, GgufTensor> {
  const tensors = new Map<string, GgufTensor>()
  let expected = 0
  for (const { name, shape, scheme, offset } of infos) {
    if (tensors.has(name)) throw new GgufError(`gguf: the tensor '${name}' comes twice`)
    if (offset !== expected) throw new GgufError(`gguf: '${name}' begins at byte ${offset}, expected ${expected}`)
    const end = offset + tensorBytes(scheme, shape)
    if (start + end > file.length) {
      throw new GgufError(`gguf: '${name}' ends at byte ${start + end}, the file at ${file.length}; it is cut off`)
    }
    tensors.set(name, tensorOf(scheme, shape, file.slice(start + offset, start + end)))
    expected = aligned(end, alignment)
  }
  return tensors
}

/** @param bytes a copy, which begins where any number may */
function tensorOf(scheme: GgufTensor['scheme'], shape: readonly number[], bytes: Uint8Array<ArrayBuffer>): GgufTensor {
  if (scheme === 'f32') return { scheme, shape, values: new Float32Array(bytes.buffer) }
  if (scheme === 'f16') return { scheme, shape, halves: new Uint16Array(bytes.buffer) }
  return { scheme, shape, blocks: bytes }
}

function alignmentOf(entry: GgufValue | undefined): number {
  if (entry === undefined) return usualAlignment
  if (entry.type !== 'u32' || entry.value < 1) throw new GgufError(`gguf: ${alignmentKey} is no u32 above 0`)
  return entry.value
}

/** Deeper than any array of arrays, shallower than the stack. */
const deepest = 4

function readValue(reader: ByteReader, number: number, depth: number): GgufValue {
  const type = valueTypeOf(number)
  if (type !== 'array') return reader.scalar(type)
  if (depth === deepest) throw new GgufError(`gguf: arrays are nested deeper than ${deepest}`)
  const inner = reader.u32()
  const value: GgufValue[] = []
  for (let left = reader.count(); left > 0; left--) value.push(readValue(reader, inner, depth + 1))
  return { type, of: valueTypeOf(inner), value }
}

function valueTypeOf(number: number): GgufValue['type'] {
  const found = Object.entries(valueTypes).find(([, each]) => each === number)
  if (!found) throw new GgufError(`gguf: there is no type ${number} of values`)
  return found[0] as GgufValue['type']
}

/** Bytes one after the other, little end first. */
class ByteReader {
  readonly #file: Uint8Array
  readonly #view: DataView
  place = 0

  constructor(file: Uint8Array) {
    this.#file = file
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  }

  bytes(count: number): Uint8Array {
    const from = this.#advance(count)
    return this.#file.subarray(from, from + count)
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true)
  }

  /** A u64 that is a count or a size. */
  count(): number {
    const value = Number(this.#view.getBigUint64(this.#advance(8), true))
    if (!Number.isSafeInteger(value)) throw new GgufError(`gguf: ${value} is too large a count`)
    return value
  }

  text(): string {
    const bytes = this.bytes(this.count())
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch (cause) {
      throw new GgufError('gguf: a text is not UTF-8', { cause })
    }
  }

  scalar(type: GgufScalar['type']): GgufScalar {
    if (type === 'string') return { type, value: this.text() }
    if (type === 'bool') return { type, value: this.#view.getUint8(this.#advance(1)) !== 0 }
    if (type === 'u64') return { type, value: this.#view.getBigUint64(this.#advance(8), true) }
    if (type === 'i64') return { type, value: this.#view.getBigInt64(this.#advance(8), true) }
    const { bytes, name } = numberTypes[type]
    return { type, value: this.#view[`get${name}`](this.#advance(bytes), true) }
  }

  /** Steps over so many bytes. @returns where they begin */
  #advance(count: number): number {
    const left = this.#file.length - this.place
    if (count > left)
      throw new GgufError(`gguf: ${count} bytes are due at ${this.place}, ${left} are left; it is cut off`)
    this.place += count
    return this.place - count
  }
}
