import {
  parseSafetensors,
  type SafetensorsContent,
  SafetensorsError,
  type StoredTensor,
  serializeSafetensors,
} from '@tlc/nn'
import type { Encoded } from '../scheme.ts'
import type { Artefact } from './artefact.ts'
import { checksumOf } from './checksum.ts'
import type { LayoutOptions } from './layout.ts'
import { type Ledger, ledgerOf } from './ledger.ts'
import { isLineage, readLineage, writeLineage } from './lineage.ts'
import { readManifest, writeManifest } from './manifest.ts'
import { floatsOf, type PartName, partNames, partTypes } from './parts.ts'
import { joined, restoreTensor, type StoredFormat, type StoredTensorParts, storeTensor } from './tensor-parts.ts'

/** The metadata entry with the manifest; and, with the name of a part, the tensor that holds that part of all tensors. */
export const formatKey = 'tlc.quant'

/** The metadata entry with the checksum of all others and of the tensors. */
const checksumKey = 'tlc.checksum'

/**
 * An artefact as a file in the safetensors format, and what each of its bytes is for. Tensors that are dense f32 are there
 * under their names. Of all others, codes lie one after the other, each tensor's from a new byte on, in
 * `tlc.quant.codes`, steps in `tlc.quant.steps`, and so on; the metadata entry `tlc.quant` has names, shapes and layouts.
 *
 * The file is a function of the artefact and the options alone.
 *
 * @throws RangeError naming the tensor whose numbers do not fit its scheme and shape, or the entry that is not as it
 * should be
 */
export function saveArtefact(
  artefact: Artefact,
  options: LayoutOptions = {},
): { readonly file: Uint8Array; readonly ledger: Ledger } {
  const all = new Map<string, StoredTensorParts>()
  const plain = new Map<string, StoredTensor>()
  const compressed = new Map<string, StoredTensorParts>()
  for (const [name, tensor] of artefact.tensors) {
    const stored = named(name, () => storeTensor(tensor, options))
    all.set(name, stored)
    if (isPlain(stored)) plain.set(name, { type: 'F32', shape: tensor.shape, bytes: stored.parts.values! })
    else compressed.set(name, stored)
  }
  for (const part of partNames) {
    const bytes = joined([...compressed.values()].flatMap(({ parts }) => parts[part] ?? []))
    const type = partTypes[part]
    const length = type === 'F32' ? bytes.length / 4 : bytes.length
    if (length > 0) plain.set(`${formatKey}.${part}`, { type, shape: [length], bytes })
  }
  const metadata = metadataOf(artefact, compressed)
  const file = serializeSafetensors(plain, metadata.set(checksumKey, checksumOf(plain, metadata)))
  return { file, ledger: ledgerOf(all, file) }
}

/**
 * Reads an artefact back, with codes, steps and values equal to the bit.
 *
 * What it allocates is bounded by the file's length: nothing is made larger than its bytes can hold.
 *
 * @throws SafetensorsError if the file is corrupt, no artefact, or of another version
 */
export function readArtefact(file: Uint8Array): Artefact {
  const content = parseSafetensors(file)
  const manifest = content.metadata.get(formatKey)
  if (manifest === undefined) {
    throw new SafetensorsError(
      `artefact: no '${formatKey}' in the metadata: a safetensors file, but no compressed model`,
    )
  }
  const formats = readManifest(manifest)
  checkSum(content)
  const tensors = readCompressed(content, formats)
  for (const [name, { type, shape, bytes }] of content.tensors) {
    if (isPart(name)) continue
    if (type !== 'F32') throw new SafetensorsError(`artefact: '${name}' is ${type}, expected F32`)
    if (tensors.has(name)) throw new SafetensorsError(`artefact: '${name}' is there twice, compressed and plain`)
    tensors.set(name, { scheme: 'f32', shape, values: floatsOf(bytes) })
  }
  const free = [...content.metadata].filter(([key]) => !isOwn(key) && !isLineage(key))
  return { tensors, metadata: new Map(free), ...readLineage(content.metadata) }
}

/** Whether a tensor needs no description but safetensors' own. */
function isPlain({ format, layout }: StoredFormat): boolean {
  return format.scheme === 'f32' && layout.form === 'dense'
}

function metadataOf(artefact: Artefact, compressed: ReadonlyMap<string, StoredFormat>): Map<string, string> {
  for (const name of artefact.metadata.keys()) {
    if (isOwn(name) || isLineage(name)) {
      throw new RangeError(`artefact: metadata cannot be named '${name}', which has a place of its own`)
    }
  }
  return new Map([...artefact.metadata, ...writeLineage(artefact), [formatKey, writeManifest(compressed)]])
}

function isOwn(name: string): boolean {
  return name === formatKey || name === checksumKey
}

/** Bits flip in memory, on disks and on the way; weights that are a little wrong would never be noticed. */
function checkSum({ tensors, metadata }: SafetensorsContent): void {
  const written = metadata.get(checksumKey)
  const found = checksumOf(tensors, new Map([...metadata].filter(([key]) => key !== checksumKey)))
  if (written === found) return
  throw new SafetensorsError(
    `artefact: its checksum is ${found}, written was ${written ?? 'none'}; the file is corrupt, fetch or make it again`,
  )
}

function named<T>(name: string, run: () => T): T {
  if (name.startsWith(`${formatKey}.`)) throw new RangeError(`artefact: no tensor can be named '${name}'`)
  try {
    return run()
  } catch (cause) {
    throw new RangeError(`artefact: '${name}': ${(cause as Error).message}`, { cause })
  }
}

function isPart(name: string): boolean {
  if (!name.startsWith(`${formatKey}.`)) return false
  if (partNames.some((part) => name === `${formatKey}.${part}`)) return true
  throw new SafetensorsError(`artefact: '${name}' is no part; the file is corrupt, or of a later version`)
}

function readCompressed(
  { tensors }: SafetensorsContent,
  formats: ReadonlyMap<string, StoredFormat>,
): Map<string, Encoded> {
  const streams = new Map(partNames.map((part) => [part, new Stream(tensors.get(`${formatKey}.${part}`), part)]))
  const take = (part: PartName, bytes: number): Uint8Array => streams.get(part)!.take(bytes)
  const found = new Map<string, Encoded>()
  for (const [name, format] of formats) {
    try {
      found.set(name, restoreTensor(format, take))
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
      throw new SafetensorsError(`artefact: '${name}': ${cause.message}; the file is corrupt`, { cause })
    }
  }
  for (const stream of streams.values()) stream.end()
  return found
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
