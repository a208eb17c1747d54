import { formatShape, sizeOf } from '@tlc/tensor'
import { packedBytes } from '../pack.ts'
import type { Encoded } from '../scheme.ts'
import { codecs } from './codecs.ts'
import { type CodingName, decodeSymbols, encodeSymbols, tableBytes } from './coding.ts'
import { sparseForms } from './forms/form.ts'
import { arrange, type Layout, type LayoutOptions } from './layout.ts'
import { type Arrays, bitsOf, bytesOf, floatsOf, type PartName, type Parts, partTypes, type SideName } from './parts.ts'
import type { Format, SettingName } from './settings.ts'

/** How a tensor lies in a file. */
export interface StoredFormat {
  /** with the settings of its scheme, and no others */
  readonly format: Format<SettingName>
  readonly layout: Layout
  /** what neither says: entries of a relative index; bytes of an index and of a body in Huffman's code */
  readonly lengths: readonly number[]
}

/** A tensor as it is stored. */
export interface StoredTensorParts extends StoredFormat {
  readonly parts: Parts
  /** weights that are not 0; all, where the scheme has no exact 0 */
  readonly nonZeros: number
  /** bits that fill up the last bytes of body and index */
  readonly paddingBits: number
}

/** A tensor as an object of settings and parts. */
type Flat = Format<SettingName> & Arrays

/**
 * A tensor in bytes, in the smallest of the layouts allowed.
 *
 * @throws RangeError if numbers are missing, too many or not such as the scheme has
 */
export function storeTensor(encoded: Encoded, options: LayoutOptions): StoredTensorParts {
  const codec = codecs[encoded.scheme]
  const flat = (codec.flatten?.(encoded) ?? encoded) as Flat
  check(flat)
  const bits = codec.bits(flat)
  const numbers = { body: flat[codec.body]!, bits, zeros: codec.zeros(flat, flat), row: flat.shape.at(-1) ?? 1 }
  const { layout, body, index, nonZeros } = arrange(numbers, options)
  const writer = new PartsWriter()
  for (const side of Object.keys(codec.sides(flat)) as SideName[]) writer.parts[side] = bytesOf(flat[side]!)
  if (layout.form !== 'dense') {
    const known = sparseForms[layout.form].indexCount(sizeOf(flat.shape)) !== undefined
    if (!known) writer.lengths.push(index.length)
    writer.put('index', index, layout.indexBits, layout.indexCoding)
  }
  if (body instanceof Uint8Array) writer.put(codec.body, body, bits, layout.coding)
  else writer.parts.values = bytesOf(body)
  const { parts, lengths, paddingBits } = writer
  return { format: formatOf(flat), layout, lengths, parts, nonZeros, paddingBits }
}

class PartsWriter {
  readonly parts: { [P in PartName]?: Uint8Array } = {}
  readonly lengths: number[] = []
  paddingBits = 0

  put(part: PartName, symbols: Uint8Array, bits: number, coding: CodingName): void {
    const { bytes, table, paddingBits } = encodeSymbols(symbols, bits, coding)
    this.parts[part] = bytes
    this.paddingBits += paddingBits
    if (coding === 'packed') return
    this.lengths.push(bytes.length)
    this.parts.tables = joined([this.parts.tables ?? new Uint8Array(0), table])
  }
}

/**
 * The inverse of `storeTensor`. Nothing larger than what the bytes can hold is allocated on the way.
 *
 * @param take gives so many bytes of a part that come next, or throws RangeError
 * @throws RangeError if the parts do not fit together
 */
export function restoreTensor(stored: StoredFormat, take: Take): Encoded {
  const { format, layout } = stored
  const codec = codecs[format.scheme]
  const sides: { [P in SideName]?: Uint8Array | Float32Array } = {}
  for (const [side, count] of Object.entries(codec.sides(format)) as [SideName, number][]) {
    sides[side] = partTypes[side] === 'F32' ? floatsOf(take(side, 4 * count)) : take(side, count)
  }
  const reader = new PartsReader(stored, take)
  const body =
    layout.form === 'dense'
      ? reader.body(codec.bodyCount(format.shape))
      : reader.sparseBody(() => codec.zeros(format, sides as Arrays))
  reader.end()
  const flat = { ...format, ...sides, [codec.body]: body } as Flat
  check(flat)
  return codec.assemble?.(flat) ?? (flat as unknown as Encoded)
}

type Take = (part: PartName, bytes: number) => Uint8Array

class PartsReader {
  readonly #format: Format<SettingName>
  readonly #layout: Layout
  readonly #lengths: number[]
  readonly #take: Take

  constructor({ format, layout, lengths }: StoredFormat, take: Take) {
    this.#format = format
    this.#layout = layout
    this.#lengths = [...lengths]
    this.#take = take
  }

  body(count: number): Uint8Array | Float32Array {
    const { body, bits } = codecs[this.#format.scheme]
    if (body === 'values') return floatsOf(this.#take(body, 4 * count))
    return this.#symbols(body, count, bits(this.#format), this.#layout.coding)
  }

  /** @param zerosOf called once the size is known to be one that the index can have */
  sparseBody(zerosOf: () => Uint8Array | Float32Array | undefined): Uint8Array | Float32Array {
    const { form: name, indexBits, indexCoding } = this.#layout
    const form = sparseForms[name as keyof typeof sparseForms]
    const size = sizeOf(this.#format.shape)
    const index = this.#symbols('index', form.indexCount(size) ?? this.#next(), indexBits, indexCoding)
    const places = form.find(index, size, indexBits)
    const kept = bitsOf(this.body(places.length))
    const zeros = zerosOf()
    if (!zeros) throw new RangeError(`its form is ${name}, but there is no exact 0`)
    const all = bitsOf(zeros)
    for (let entry = 0; entry < places.length; entry++) all[places[entry]!] = kept[entry]!
    return zeros
  }

  end(): void {
    if (this.#lengths.length > 0) throw new RangeError(`there are ${this.#lengths.length} lengths too many`)
  }

  #symbols(part: PartName, count: number, bits: number, coding: CodingName): Uint8Array {
    const bytes = this.#take(part, coding === 'huffman' ? this.#next() : packedBytes(count, bits))
    const table = this.#take('tables', coding === 'huffman' ? tableBytes(bits) : 0)
    return decodeSymbols({ bytes, table }, bits, coding, count)
  }

  #next(): number {
    const next = this.#lengths.shift()
    if (next === undefined) throw new RangeError('a length is missing')
    return next
  }
}

/** @throws RangeError if there are not as many numbers as scheme and shape call for, or not such ones */
function check(flat: Flat): void {
  const codec = codecs[flat.scheme]
  const expected = { ...codec.sides(flat), [codec.body]: codec.bodyCount(flat.shape) }
  for (const [part, count] of Object.entries(expected) as [PartName, number][]) {
    const length = flat[part]?.length
    if (length === count) continue
    throw new RangeError(
      `${flat.scheme} of shape ${formatShape(flat.shape)} has ${count} ${part}, got ${length ?? 'none'}`,
    )
  }
  const problem = codec.problem(flat, flat)
  if (problem) throw new RangeError(problem)
}

function formatOf(flat: Flat): Format<SettingName> {
  const { settings } = codecs[flat.scheme]
  const { scheme, shape } = flat
  return { scheme, shape, ...Object.fromEntries(settings.map((name) => [name, flat[name]])) } as Format<SettingName>
}

/** One after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let place = 0
  for (const part of parts) {
    all.set(part, place)
    place += part.length
  }
  return all
}
