import {
  aligned,
  alignmentKey,
  GgufError,
  type GgufTensor,
  type GgufValue,
  type NumberType,
  numberTypes,
  tensorBytes,
  tensorTypes,
  usualAlignment,
  valueTypes,
} from './format.ts'

/**
 * A file in llama.cpp's format GGUF, version 3: metadata, then the names and shapes of tensors, then their bytes, each from
 * a multiple of 32 (or `general.alignment`) on.
 *
 * llama.cpp asks for `general.architecture` and the entries of that architecture; which they are, and how tensors are to be
 * named, is the model's matter.
 *
 * @throws GgufError naming the tensor or the entry that GGUF cannot hold
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function writeGguf(
  tensors: ReadonlyMap<string, GgufTensor>,
  metadata: ReadonlyMap<string, GgufValue> = new Map(),
): Uint8Array {
  const alignment = alignmentOf(metadata.get(alignmentKey))
  const writer = new ByteWriter()
  writer.bytes(new TextEncoder().encode('GGUF'))
  writer.number('u32', 3)
  writer.u64(tensors.size)
  writer.u64(metadata.size)
  for (const [name, value] of metadata) {
    writer.text(name)
    writer.number('u32', valueTypes[value.type])
    named(`the entry '${name}'`, () => writeValue(writer, value))
  }
  let offset = 0
  for (const [name, tensor] of tensors) {
    writer.text(name)
    writer.number('u32', tensor.shape.length)
    // ggml counts axes from the fastest one.
    for (const length of tensor.shape.toReversed()) writer.u64(length)
    writer.number('u32', tensorTypes[tensor.scheme].number)
    writer.u64(offset)
    offset = aligned(offset + named(`'${name}'`, () => checkedBytes(tensor)), alignment)
  }
  for (const tensor of tensors.values()) {
    writer.fill(aligned(writer.length, alignment))
    writer.bytes(bytesOf(tensor))
  }
  writer.fill(aligned(writer.length, alignment))
  return writer.finish()
}

function alignmentOf(entry: GgufValue | undefined): number {
  if (entry === undefined) return usualAlignment
  const power = entry.type === 'u32' && entry.value >= 8 && Number.isInteger(Math.log2(entry.value))
  if (!power) throw new GgufError(`gguf: ${alignmentKey} must be a u32 and a power of two >= 8`)
  return entry.value
}

function checkedBytes(tensor: GgufTensor): number {
  const expected = tensorBytes(tensor.scheme, tensor.shape)
  const given = bytesOf(tensor).length
  if (given !== expected) throw new GgufError(`${tensor.scheme} of this shape takes ${expected} bytes, got ${given}`)
  return expected
}

function bytesOf(tensor: GgufTensor): Uint8Array {
  const data = tensor.scheme === 'f32' ? tensor.values : tensor.scheme === 'f16' ? tensor.halves : tensor.blocks
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function writeValue(writer: ByteWriter, value: GgufValue): void {
  if (value.type === 'array') {
    const stranger = value.value.find(({ type }) => type !== value.of)
    if (stranger) throw new GgufError(`an array of ${value.of} holds a ${stranger.type}`)
    writer.number('u32', valueTypes[value.of])
    writer.u64(value.value.length)
    for (const each of value.value) writeValue(writer, each)
  } else if (value.type === 'string') writer.text(value.value)
  else if (value.type === 'bool') writer.number('u8', Number(value.value))
  else if (value.type === 'u64' || value.type === 'i64') writer.long(value.type, value.value)
  else writer.number(value.type, value.value)
}

/** Bytes that grow, little end first. */
class ByteWriter {
  #bytes = new Uint8Array(4096)
  length = 0

  bytes(given: Uint8Array): void {
    const place = this.#grow(given.length)
    this.#bytes.set(given, place)
  }

  number(type: NumberType, value: number): void {
    const { bytes, name, whole } = numberTypes[type]
    if (whole && !(Number.isInteger(value) && value >= whole[0] && value <= whole[1])) {
      throw new GgufError(`${value} is no ${type}`)
    }
    const place = this.#grow(bytes)
    new DataView(this.#bytes.buffer)[`set${name}`](place, value, true)
  }

  u64(value: number): void {
    this.long('u64', BigInt(value))
  }

  long(type: 'u64' | 'i64', value: bigint): void {
    const fits = type === 'u64' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)
    if (fits !== value) throw new GgufError(`${value} is no ${type}`)
    const place = this.#grow(8)
    new DataView(this.#bytes.buffer).setBigUint64(place, BigInt.asUintN(64, value), true)
  }

  text(text: string): void {
    const encoded = new TextEncoder().encode(text)
    this.u64(encoded.length)
    this.bytes(encoded)
  }

  /** Zeros up to a place. */
  fill(place: number): void {
    this.#grow(place - this.length)
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }

  /** Makes room for so many bytes. @returns where they begin */
  #grow(count: number): number {
    const place = this.length
    this.length += count
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.length))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    return place
  }
}

function named<T>(what: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new GgufError(`gguf: ${what}: ${(cause as Error).message}`, { cause })
  }
}
