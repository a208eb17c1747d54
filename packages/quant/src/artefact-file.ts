import {
  parseSafetensors,
  type SafetensorsContent,
  SafetensorsError,
  type StoredTensor,
  serializeSafetensors,
} from '@tlc/nn'
import { sizeOf } from '@tlc/tensor'
import { spansOf } from './granularity.ts'
import { grids } from './grid.ts'
import { type Ledger, ledgerOf } from './ledger.ts'
import { readManifest, type StoredFormat, writeManifest } from './manifest.ts'
import { packedBytes } from './pack.ts'
import { fromParts, type Parts, toParts } from './parts.ts'
import type { Artefact } from './quantize-model.ts'
import type { Encoded } from './scheme.ts'

/** The metadata entry with the manifest; and, with the name of a part, the tensor that holds that part of all tensors. */
const formatKey = 'tlc.quant'

const partTypes = { codes: 'U8', steps: 'F32', offsets: 'F32', zeroPoints: 'U8', mask: 'U8' } as const

type PartName = keyof typeof partTypes
const partNames = Object.keys(partTypes) as PartName[]

/**
 * An artefact as a file in the safetensors format, and what each of its bytes is for. Tensors that are not quantized are
 * there under their names. Of the quantized ones, all codes lie one after the other, each tensor's from a new byte on, in
 * `tlc.quant.codes`, all steps in `tlc.quant.steps`, and so on; the metadata entry `tlc.quant` has names and shapes.
 */
export function saveArtefact(artefact: Artefact): { readonly file: Uint8Array; readonly ledger: Ledger } {
  const stored = new Map<string, StoredTensor>()
  const formats = new Map<string, StoredFormat>()
  const parts = new Map<string, Parts>()
  for (const [name, tensor] of artefact.tensors) {
    if (tensor.scheme === 'f32') {
      stored.set(name, { type: 'F32', shape: tensor.shape, bytes: bytesOf(tensor.values) })
      continue
    }
    if (tensor.scheme !== 'affine')
      throw new RangeError(`saveArtefact: '${name}' is ${tensor.scheme}, expected affine or f32`)
    const packed = toParts(tensor)
    parts.set(name, packed)
    formats.set(name, { ...tensor, sparse: packed.mask.length > 0 })
  }
  for (const part of partNames) {
    const bytes = concatenate([...parts.values()].map((each) => bytesOf(each[part])))
    const type = partTypes[part]
    const length = type === 'F32' ? bytes.length / 4 : bytes.length
    if (length > 0) stored.set(`${formatKey}.${part}`, { type, shape: [length], bytes })
  }
  const file = serializeSafetensors(stored, new Map([...artefact.metadata, [formatKey, writeManifest(formats)]]))
  return { file, ledger: ledgerOf(artefact, parts, file) }
}

/**
 * Reads an artefact back, with codes, steps and values equal to the bit.
 *
 * @throws SafetensorsError if the file is corrupt, no artefact, or of a later version
 */
export function readArtefact(file: Uint8Array): Artefact {
  const content = parseSafetensors(file)
  const manifest = content.metadata.get(formatKey)
  if (manifest === undefined) {
    throw new SafetensorsError(
      `artefact: no '${formatKey}' in the metadata: a safetensors file, but no quantized model`,
    )
  }
  const tensors = readQuantized(content, readManifest(manifest))
  for (const [name, { type, shape, bytes }] of content.tensors) {
    if (isPart(name)) continue
    if (type !== 'F32') throw new SafetensorsError(`artefact: '${name}' is ${type}, expected F32`)
    if (tensors.has(name)) throw new SafetensorsError(`artefact: '${name}' is there twice, quantized and plain`)
    tensors.set(name, { scheme: 'f32', shape, values: floatsOf(bytes) })
  }
  return { tensors, metadata: new Map([...content.metadata].filter(([key]) => key !== formatKey)) }
}

function isPart(name: string): boolean {
  if (!name.startsWith(`${formatKey}.`)) return false
  if (partNames.some((part) => name === `${formatKey}.${part}`)) return true
  throw new SafetensorsError(`artefact: '${name}' is no part; the file is corrupt, or of a later version`)
}

function readQuantized(
  { tensors }: SafetensorsContent,
  formats: ReadonlyMap<string, StoredFormat>,
): Map<string, Encoded> {
  const streams = new Map(partNames.map((part) => [part, new Stream(tensors.get(`${formatKey}.${part}`), part)]))
  const found = new Map<string, Encoded>()
  for (const [name, { sparse, ...format }] of formats) {
    try {
      found.set(name, fromParts(takeParts(streams, { sparse, ...format }), format))
    } catch (cause) {
      throw new SafetensorsError(`artefact: '${name}': ${(cause as Error).message}; the file is corrupt`, { cause })
    }
  }
  for (const stream of streams.values()) stream.end()
  return found
}

function takeParts(streams: ReadonlyMap<PartName, Stream>, format: StoredFormat): Parts {
  const { stores } = grids[format.grid]
  const size = sizeOf(format.shape)
  const { count } = spansOf(format.granularity, format.shape)
  const take = (part: PartName, bytes: number): Uint8Array => streams.get(part)!.take(bytes)
  const mask = take('mask', format.sparse ? packedBytes(size, 1) : 0)
  return {
    mask,
    codes: take('codes', packedBytes(format.sparse ? countBits(mask) : size, format.bits)),
    steps: floatsOf(take('steps', 4 * count)),
    offsets: floatsOf(take('offsets', stores === 'offset' ? 4 * count : 0)),
    zeroPoints: take('zeroPoints', stores === 'zeroPoint' ? count : 0),
  }
}

/** One part of all tensors, taken tensor by tensor. */
class Stream {
  readonly #bytes: Uint8Array
  readonly #part: PartName
  #place = 0

  constructor(stored: StoredTensor | undefined, part: PartName) {
    if (stored && stored.type !== partTypes[part]) {
      throw new SafetensorsError(`artefact: '${formatKey}.${part}' is ${stored.type}, expected ${partTypes[part]}`)
    }
    this.#bytes = stored?.bytes ?? new Uint8Array(0)
    this.#part = part
  }

  take(count: number): Uint8Array {
    const left = this.#bytes.length - this.#place
    if (count > left) throw new RangeError(`${count} bytes of ${this.#part} are due, ${left} are left`)
    this.#place += count
    return this.#bytes.slice(this.#place - count, this.#place)
  }

  end(): void {
    const left = this.#bytes.length - this.#place
    if (left > 0)
      throw new SafetensorsError(`artefact: ${left} bytes of ${this.#part} belong to no tensor; the file is corrupt`)
  }
}

function countBits(bytes: Uint8Array): number {
  let count = 0
  for (let byte of bytes) for (; byte > 0; byte &= byte - 1) count++
  return count
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let place = 0
  for (const part of parts) {
    joined.set(part, place)
    place += part.length
  }
  return joined
}

function bytesOf(values: Uint8Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** A copy, since bytes in a file need not begin where an f32 may. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}
