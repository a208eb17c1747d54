import { SafetensorsError } from './errors.ts'
import { maxHeaderBytes, type StoredTensor, storedBits } from './format.ts'

/**
 * Writes a file. Wide types come first, then names in order, so that every tensor is aligned to its elements; the
 * header is filled up with spaces so that the data begins at a multiple of 8.
 *
 * @param metadata free text by name
 * @throws SafetensorsError if a tensor's bytes do not fit its type and shape
 */
export function serializeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const ordered = [...tensors].sort(([a, { type: typeA }], [b, { type: typeB }]) => {
    return storedBits[typeB] - storedBits[typeA] || (a < b ? -1 : 1)
  })
  let size = 0
  const infos = ordered.map(([name, { type, shape, bytes }]) => {
    const expected = shape.reduce((product, length) => product * length, storedBits[type]) / 8
    if (name === '__metadata__') throw new SafetensorsError("safetensors: no tensor can be named '__metadata__'")
    if (bytes.length !== expected) {
      throw new SafetensorsError(
        `safetensors: '${name}', ${type} of shape [${shape.join(', ')}], takes ${expected} bytes, got ${bytes.length}`,
      )
    }
    const start = size
    size += bytes.length
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype: type, shape, data_offsets: [start, size] })}`
  })
  // Members are written one by one: an object would move names that look like numbers to its front.
  const described = metadata.size > 0 ? [`"__metadata__":${writeMetadata(metadata)}`, ...infos] : infos
  return join(
    `{${described.join(',')}}`,
    ordered.map(([, { bytes }]) => bytes),
    size,
  )
}

function writeMetadata(metadata: ReadonlyMap<string, string>): string {
  return `{${[...metadata].map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`).join(',')}}`
}

function join(header: string, data: readonly Uint8Array[], size: number): Uint8Array {
  const encoded = new TextEncoder().encode(header)
  const headerBytes = Math.ceil(encoded.length / 8) * 8
  if (headerBytes > maxHeaderBytes)
    throw new SafetensorsError(
      `safetensors: the header takes ${headerBytes} bytes, at most ${maxHeaderBytes} are allowed`,
    )
  const file = new Uint8Array(8 + headerBytes + size)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true)
  file.set(encoded, 8)
  file.fill(0x20, 8 + encoded.length, 8 + headerBytes)
  let place = 8 + headerBytes
  for (const bytes of data) {
    file.set(bytes, place)
    place += bytes.length
  }
  return file
}
