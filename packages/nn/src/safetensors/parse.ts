import { SafetensorsError } from './errors.ts'
import { maxHeaderBytes, type SafetensorsContent, type StoredTensor, type StoredType, storedBits } from './format.ts'
import { type HeaderValue, parseHeaderJson } from './header-json.ts'

/**
 * Reads a file: 8 bytes with the length of the header, the header, and the data, every byte of which belongs to exactly
 * one tensor. The tensors' bytes are views of the given ones.
 *
 * @throws SafetensorsError saying what is wrong, for anything that the format does not define
 * @see https://github.com/huggingface/safetensors, section Format
 */
export function parseSafetensors(file: Uint8Array): SafetensorsContent {
  if (file.length < 8) {
    throw new SafetensorsError(
      `safetensors: a file is 8 bytes at least (the length of its header), got ${file.length}; it is cut off or empty`,
    )
  }
  const headerBytes = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  if (headerBytes > maxHeaderBytes) {
    throw new SafetensorsError(
      `safetensors: the header would be ${headerBytes} bytes, at most ${maxHeaderBytes} are allowed; this is no safetensors file`,
    )
  }
  if (8 + headerBytes > file.length) {
    throw new SafetensorsError(
      `safetensors: the header should be ${headerBytes} bytes, the file ends after ${file.length - 8}; it is cut off`,
    )
  }
  const header = parseHeaderJson(decodeText(file.subarray(8, 8 + headerBytes)))
  if (!(header instanceof Map)) throw new SafetensorsError('safetensors: the header is not an object')
  return readHeader(
    header,
    new Uint8Array(file.buffer, file.byteOffset + 8 + headerBytes, file.length - 8 - headerBytes),
  )
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new SafetensorsError('safetensors: the header is not UTF-8', { cause })
  }
}

function readHeader(header: ReadonlyMap<string, HeaderValue>, data: Uint8Array): SafetensorsContent {
  const entries = [...header].filter(([name]) => name !== '__metadata__').map(([name, info]) => readEntry(name, info))
  entries.sort((a, b) => a.start - b.start || a.end - b.end)
  let covered = 0
  for (const { name, start, end } of entries) {
    if (start !== covered) {
      throw new SafetensorsError(
        `safetensors: ${quote(name)} begins at byte ${start} of the data, expected ${covered}: tensors must neither overlap nor leave gaps`,
      )
    }
    covered = end
  }
  if (covered !== data.length) {
    throw new SafetensorsError(
      `safetensors: the tensors take ${covered} bytes of data, the file has ${data.length}; it is cut off or has something appended`,
    )
  }
  const tensors = new Map<string, StoredTensor>()
  for (const { name, type, shape, start, end } of entries)
    tensors.set(name, { type, shape, bytes: data.subarray(start, end) })
  return { tensors, metadata: readMetadata(header.get('__metadata__')) }
}

interface Entry {
  readonly name: string
  readonly type: StoredType
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

function readEntry(name: string, info: HeaderValue): Entry {
  const wrong = (problem: string): SafetensorsError => new SafetensorsError(`safetensors: ${quote(name)}: ${problem}`)
  if (!(info instanceof Map)) throw wrong('its description is not an object')
  const {
    dtype: type,
    shape,
    data_offsets: offsets,
    ...others
  } = Object.fromEntries(info) as Record<string, HeaderValue | undefined>
  const unknown = Object.keys(others)
  if (unknown.length > 0)
    throw wrong(`unknown entry ${unknown.map(quote).join(', ')}; expected dtype, shape and data_offsets`)
  if (typeof type !== 'string' || !Object.hasOwn(storedBits, type)) {
    throw wrong(`dtype is ${quote(type)}, expected one of ${Object.keys(storedBits).join(', ')}`)
  }
  if (!isNumbers(shape)) throw wrong(`shape is ${quote(shape)}, expected a list of whole numbers`)
  if (!isNumbers(offsets) || offsets.length !== 2)
    throw wrong(`data_offsets are ${quote(offsets)}, expected two whole numbers`)
  const [start, end] = offsets as [number, number]
  const bits = shape.reduce((product, length) => product * BigInt(length), BigInt(storedBits[type as StoredType]))
  if (bits !== BigInt(end - start) * 8n) {
    throw wrong(
      `${type} of shape [${shape.join(', ')}] takes ${Number(bits) / 8} bytes, its data_offsets span ${end - start}`,
    )
  }
  return { name, type: type as StoredType, shape, start, end }
}

function readMetadata(value: HeaderValue | undefined): ReadonlyMap<string, string> {
  if (value === undefined) return new Map()
  if (!(value instanceof Map) || ![...value.values()].every((text) => typeof text === 'string')) {
    throw new SafetensorsError('safetensors: __metadata__ must be an object of strings')
  }
  return value as ReadonlyMap<string, string>
}

function isNumbers(value: HeaderValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number')
}

function quote(value: unknown): string {
  return JSON.stringify(value) ?? 'missing'
}
