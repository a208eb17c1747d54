import { parseSafetensors, SafetensorsError, type StoredTensor, serializeSafetensors } from '@tlc/nn'
import { sizeOf } from '@tlc/tensor'
import { type AffineCodes, type AffineFormat, checkBits } from './affine.ts'
import { grids } from './grid.ts'
import { type Ledger, ledgerOf } from './ledger.ts'
import { fromParts, type Parts, toParts } from './parts.ts'
import type { Artefact, PlainTensor } from './quantize-model.ts'

/** The metadata entry that says how tensors are quantized: `{ "version": 1, "tensors": { name: AffineFormat } }`. */
const formatKey = 'tlc.quant'

/** The parts of a quantized tensor `w` in a file: `w.codes`, `w.steps`… Empty parts are left out. */
const partNames = ['codes', 'steps', 'offsets', 'zeroPoints', 'mask'] as const

/**
 * An artefact as a file in the safetensors format, and what each of its bytes is for. Quantized tensors are stored by
 * parts, the others as they are.
 */
export function saveArtefact(artefact: Artefact): { readonly file: Uint8Array; readonly ledger: Ledger } {
  const stored = new Map<string, StoredTensor>()
  const formats: Record<string, AffineFormat> = {}
  const parts = new Map<string, Parts>()
  for (const [name, tensor] of artefact.tensors) {
    if (!('codes' in tensor)) {
      stored.set(name, { type: 'F32', shape: tensor.shape, bytes: bytesOf(tensor.values) })
      continue
    }
    const { shape, bits, granularity, grid } = tensor
    formats[name] = { shape, bits, granularity, grid }
    const packed = toParts(tensor)
    parts.set(name, packed)
    for (const part of partNames) {
      const values = packed[part]
      if (values.length > 0) stored.set(`${name}.${part}`, storedPart(values))
    }
  }
  const format = JSON.stringify({ version: 1, tensors: formats })
  const file = serializeSafetensors(stored, new Map([...artefact.metadata, [formatKey, format]]))
  return { file, ledger: ledgerOf(artefact, parts, file) }
}

/**
 * Reads an artefact back, with codes, steps and values equal to the bit.
 *
 * @throws SafetensorsError if the file is corrupt, no artefact, or of a later version
 */
export function readArtefact(file: Uint8Array): Artefact {
  const { tensors, metadata } = parseSafetensors(file)
  const rest = new Map(tensors)
  const found = new Map<string, AffineCodes | PlainTensor>()
  for (const [name, format] of readFormats(metadata.get(formatKey))) found.set(name, readQuantized(name, format, rest))
  for (const [name, { type, shape, bytes }] of rest) {
    if (type !== 'F32')
      throw new SafetensorsError(`artefact: '${name}' is ${type}, expected F32 or a part of a quantized tensor`)
    if (found.has(name)) throw new SafetensorsError(`artefact: '${name}' is there twice, quantized and plain`)
    found.set(name, { shape, values: floatsOf(bytes) })
  }
  return { tensors: found, metadata: new Map([...metadata].filter(([key]) => key !== formatKey)) }
}

function readQuantized(name: string, format: AffineFormat, rest: Map<string, StoredTensor>): AffineCodes {
  const take = (part: (typeof partNames)[number], type: 'F32' | 'U8'): Uint8Array => {
    const stored = rest.get(`${name}.${part}`)
    rest.delete(`${name}.${part}`)
    if (stored && stored.type !== type) {
      throw new SafetensorsError(`artefact: '${name}.${part}' is ${stored.type}, expected ${type}`)
    }
    return stored?.bytes.slice() ?? new Uint8Array(0)
  }
  const parts: Parts = {
    codes: take('codes', 'U8'),
    steps: floatsOf(take('steps', 'F32')),
    offsets: floatsOf(take('offsets', 'F32')),
    zeroPoints: take('zeroPoints', 'U8'),
    mask: take('mask', 'U8'),
  }
  try {
    return fromParts(parts, format)
  } catch (cause) {
    throw new SafetensorsError(`artefact: '${name}': ${(cause as Error).message}; the file is corrupt`, { cause })
  }
}

function readFormats(text: string | undefined): Map<string, AffineFormat> {
  if (text === undefined) {
    throw new SafetensorsError(
      `artefact: the metadata has no '${formatKey}'; this is a safetensors file, but no quantized model`,
    )
  }
  let written: unknown
  try {
    written = JSON.parse(text)
  } catch (cause) {
    throw new SafetensorsError(`artefact: the metadata '${formatKey}' is not JSON; the file is corrupt`, { cause })
  }
  const { version, tensors } = (written ?? {}) as { version?: unknown; tensors?: unknown }
  if (version !== 1) throw new SafetensorsError(`artefact: version ${String(version)} of the format, expected 1`)
  return new Map(Object.entries(tensors ?? {}).map(([name, format]) => [name, checkFormat(name, format)]))
}

function checkFormat(name: string, format: unknown): AffineFormat {
  const { shape, bits, granularity, grid } = (format ?? {}) as Partial<AffineFormat>
  const isSize = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 1
  const isGranularity = granularity === 'tensor' || granularity === 'row' || isSize(granularity?.group)
  const isShape = Array.isArray(shape) && shape.every(isSize) && sizeOf(shape) <= Number.MAX_SAFE_INTEGER
  const isGrid = typeof grid === 'string' && Object.hasOwn(grids, grid)
  if (!isShape || !isGranularity || !isGrid || !isSize(bits)) {
    throw new SafetensorsError(
      `artefact: '${name}' is described as ${JSON.stringify(format)}, which is no known format`,
    )
  }
  checkBits(bits!)
  return { shape, bits: bits!, granularity: granularity!, grid: grid! }
}

function storedPart(values: Uint8Array | Float32Array): StoredTensor {
  const type = values instanceof Float32Array ? 'F32' : 'U8'
  return { type, shape: [values.length], bytes: bytesOf(values) }
}

function bytesOf(values: Uint8Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** A copy, since bytes in a file need not begin where an f32 may. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}
