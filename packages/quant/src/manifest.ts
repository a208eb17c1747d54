import { SafetensorsError } from '@tlc/nn'
import { sizeOf } from '@tlc/tensor'
import type { AffineFormat } from './affine.ts'
import { grids } from './grid.ts'

/** How a quantized tensor lies in a file. */
export interface StoredFormat extends AffineFormat {
  /** Whether there is a mask, and codes only of what is not 0. */
  readonly sparse: boolean
}

type SharedFormat = Omit<StoredFormat, 'shape'>

interface Manifest {
  readonly version: 1
  /** what tensors have in common, written once: names are most of a small model's header */
  readonly formats: readonly SharedFormat[]
  /** name, index of its format, and shape of each tensor, in the order of their parts */
  readonly tensors: readonly (readonly [name: string, format: number, ...shape: number[]])[]
}

/** The formats of an artefact's quantized tensors as JSON text. */
export function writeManifest(formats: ReadonlyMap<string, StoredFormat>): string {
  const known: string[] = []
  const tensors: Manifest['tensors'][number][] = []
  for (const [name, { shape, bits, granularity, grid, sparse }] of formats) {
    const shared = JSON.stringify({ bits, granularity, grid, sparse } satisfies SharedFormat)
    if (!known.includes(shared)) known.push(shared)
    tensors.push([name, known.indexOf(shared), ...shape])
  }
  const manifest: Manifest = {
    version: 1,
    formats: known.map((text) => JSON.parse(text) as SharedFormat),
    tensors,
  }
  return JSON.stringify(manifest)
}

/**
 * The inverse of `writeManifest`.
 *
 * @throws SafetensorsError for anything that it did not write
 */
export function readManifest(text: string): Map<string, StoredFormat> {
  const { version, formats, tensors } = parseObject(text)
  if (version !== 1) throw new SafetensorsError(`artefact: version ${String(version)} of the format, expected 1`)
  if (!Array.isArray(formats) || !Array.isArray(tensors)) throw corrupt('formats or tensors', text)
  for (const format of formats) if (!isFormat(format)) throw corrupt('a format', format)
  const found = new Map<string, StoredFormat>()
  for (const tensor of tensors as unknown[]) {
    const [name, index, ...shape] = Array.isArray(tensor) ? (tensor as unknown[]) : []
    const format = Number.isInteger(index) ? (formats[index as number] as SharedFormat | undefined) : undefined
    const isNew = typeof name === 'string' && !found.has(name)
    if (!isNew || !format || !shape.every(isSize) || !isSize(sizeOf(shape))) throw corrupt('a tensor', tensor)
    found.set(name, { ...format, shape })
  }
  return found
}

function parseObject(text: string): { readonly [key: string]: unknown } {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : {}
  } catch (cause) {
    throw new SafetensorsError('artefact: its description is not JSON; the file is corrupt', { cause })
  }
}

function isFormat(format: unknown): format is SharedFormat {
  if (!isObject(format)) return false
  const { bits, granularity, grid, sparse } = format
  const group = isObject(granularity) ? granularity.group : undefined
  const isGranularity = granularity === 'tensor' || granularity === 'row' || isSize(group)
  const isGrid = typeof grid === 'string' && Object.hasOwn(grids, grid)
  return isSize(bits) && bits <= 8 && isGranularity && isGrid && typeof sparse === 'boolean'
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function corrupt(what: string, written: unknown): SafetensorsError {
  const text = JSON.stringify(written) ?? 'nothing'
  return new SafetensorsError(`artefact: ${what} is described as ${text.slice(0, 200)}; the file is corrupt`)
}
