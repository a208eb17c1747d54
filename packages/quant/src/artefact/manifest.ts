import { SafetensorsError } from '@tlc/nn'
import { sizeOf } from '@tlc/tensor'
import type { SchemeName } from '../scheme.ts'
import { codecs } from './codecs.ts'
import type { CodingName } from './coding.ts'
import { type FormName, sparseForms } from './forms/form.ts'
import { formNames, type Layout } from './layout.ts'
import { type Format, isCount, type SettingName, settingChecks } from './settings.ts'
import type { StoredFormat } from './tensor-parts.ts'

/** Scheme, settings and layout that tensors have in common. */
type SharedFormat = Omit<Format<SettingName>, 'shape'> & Layout

interface Manifest {
  readonly version: 2
  /** written once: names are most of a small model's header */
  readonly formats: readonly SharedFormat[]
  /** name, index of its format, shape and lengths of each tensor, in the order of their parts */
  readonly tensors: readonly (readonly [name: string, format: number, shape: readonly number[], ...number[]])[]
}

/** How an artefact's compressed tensors lie in a file, as JSON text. */
export function writeManifest(formats: ReadonlyMap<string, StoredFormat>): string {
  const known = new Map<string, number>()
  const tensors: Manifest['tensors'][number][] = []
  for (const [name, { format, layout, lengths }] of formats) {
    const { shape, ...settings } = format
    const shared = JSON.stringify({ ...settings, ...layout })
    const index = known.get(shared) ?? known.size
    known.set(shared, index)
    tensors.push([name, index, shape, ...lengths])
  }
  return JSON.stringify({ version: 2, formats: [...known.keys()].map((text) => JSON.parse(text)), tensors })
}

/**
 * The inverse of `writeManifest`.
 *
 * @throws SafetensorsError for anything that it did not write; version 1 among it
 */
export function readManifest(text: string): Map<string, StoredFormat> {
  const { version, formats, tensors } = parseObject(text)
  if (version !== 2) {
    const hint = version === 1 ? '; quantize the model again to write it anew' : ''
    throw new SafetensorsError(`artefact: version ${String(version)} of the format, expected 2${hint}`)
  }
  if (!Array.isArray(formats) || !Array.isArray(tensors)) throw corrupt('formats or tensors', text)
  for (const format of formats) if (!isFormat(format)) throw corrupt('a format', format)
  const found = new Map<string, StoredFormat>()
  for (const tensor of tensors as unknown[]) {
    const [name, index, shape, ...lengths] = Array.isArray(tensor) ? (tensor as unknown[]) : []
    const shared = Number.isInteger(index) ? (formats[index as number] as SharedFormat | undefined) : undefined
    const fits = typeof name === 'string' && !found.has(name) && isShape(shape) && lengths.every(isLength)
    if (!fits || !shared) throw corrupt('a tensor', tensor)
    const { form, indexBits, coding, indexCoding, ...settings } = shared
    const format = { ...settings, shape } as Format<SettingName>
    found.set(name, { format, layout: { form, indexBits, coding, indexCoding }, lengths: lengths as number[] })
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
  const { scheme, form, indexBits, coding, indexCoding, ...settings } = format
  if (typeof scheme !== 'string' || !Object.hasOwn(codecs, scheme)) return false
  const expected = codecs[scheme as SchemeName].settings
  const known = Object.keys(settings).length === expected.length
  const isLayout = isForm(form, indexBits) && isCoding(coding) && isCoding(indexCoding)
  return isLayout && known && expected.every((name) => settingChecks[name](settings[name]))
}

function isForm(form: unknown, indexBits: unknown): form is FormName {
  if (!formNames.includes(form as FormName)) return false
  return form === 'dense'
    ? indexBits === 0
    : sparseForms[form as keyof typeof sparseForms].indexBits.includes(indexBits as number)
}

function isCoding(coding: unknown): coding is CodingName {
  return coding === 'packed' || coding === 'huffman'
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A relative index of nothing but zeros may be empty. */
function isLength(value: unknown): value is number {
  return value === 0 || isCount(value)
}

/** A list of lengths >= 1 whose product is exact. */
function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every(isCount) && isCount(sizeOf(shape))
}

function corrupt(what: string, written: unknown): SafetensorsError {
  const text = JSON.stringify(written) ?? 'nothing'
  return new SafetensorsError(`artefact: ${what} is described as ${text.slice(0, 200)}; the file is corrupt`)
}
