import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { UserError } from '../user-error.ts'
import { defaultCacheDirectory, hashOf } from './cache.ts'
import { Dataset, type DatasetSource, datasetFormat } from './dataset.ts'
import { namedDatasets } from './named-datasets.ts'
import type { DataProgress } from './progress.ts'
import { findFiles, hashOfFile, type InputFile, type TextFormat } from './readers/input-files.ts'
import { type DatasetKind, kindOf, readItems } from './readers/items.ts'
import { preparedPath, recipes } from './recipes/prepare.ts'
import { keepStandardInput } from './standard-input.ts'

export interface DatasetOptions {
  /**
   * What it is to be; by default what its first row looks like. Texts with labels will do where texts are wanted. Two
   * columns are a label and a text, unless they are named or said to be a translation.
   */
  readonly kind?: DatasetKind
  /** Of the order of the items, and so of what is in which split. Default 0. */
  readonly seed?: number
  /** Where fetched and derived data is kept. Default: the user's cache directory, or `TLC_CACHE`. */
  readonly cacheDirectory?: string
  /** How standard input is written. Default: plain text for texts, else tabs. */
  readonly format?: TextFormat
  readonly onProgress?: (progress: DataProgress) => void
}

/**
 * Finds a data set: by its name, fetching it if it is not in the cache; by the paths of files or folders; or `-` for
 * standard input, which is kept in the cache, since data is read more than once.
 *
 * @throws UserError if it is neither, cannot be fetched, or is of another kind than was asked for
 */
export async function openDataset(
  nameOrPaths: string | readonly string[],
  options: DatasetOptions = {},
): Promise<Dataset> {
  const source = await find(typeof nameOrPaths === 'string' ? [nameOrPaths] : nameOrPaths, options)
  const { kind } = options
  if (kind !== undefined && kind !== source.kind && !(kind === 'texts' && source.kind === 'labelled'))
    throw new UserError(`${source.name}: its items are ${source.kind}, expected ${kind}; ${layouts}`)
  return new Dataset(source, options.onProgress)
}

const layouts =
  'texts are plain, or have a label; labelled: label<TAB>text; pairs: label<TAB>first<TAB>second; translation: ' +
  'source<TAB>target; or JSON lines with these members'

async function find(paths: readonly string[], options: DatasetOptions): Promise<DatasetSource> {
  const { seed = 0, cacheDirectory = defaultCacheDirectory(), onProgress = () => undefined } = options
  const [name = '', ...more] = paths
  if (more.length === 0) {
    const named = Object.hasOwn(namedDatasets, name) ? namedDatasets[name] : undefined
    if (named !== undefined) return named.open({ seed, cacheDirectory, onProgress })
    if (Object.hasOwn(recipes, name)) return openFiles([prepared(name, cacheDirectory)], options)
    if (name === '-') return openFiles([await keepStandardInput(cacheDirectory, options)], options)
  }
  return openFiles(paths, options)
}

function prepared(name: string, cacheDirectory: string): string {
  const path = preparedPath(name, cacheDirectory)
  if (existsSync(path)) return path
  throw new UserError(`${name} is not there yet; make it with: tlc data prepare ${name}`)
}

async function openFiles(paths: readonly string[], { kind, seed = 0 }: DatasetOptions): Promise<DatasetSource> {
  const names = [...Object.keys(namedDatasets), ...Object.keys(recipes)].join(', ')
  const files = await findFiles(paths, `a data set's name (${names}) or the path of a readable file or folder`)
  const first = files[0] as InputFile
  const looksLike = await kindOf(first)
  const isTranslation = kind === 'translation' && looksLike === 'labelled' && first.format === 'tsv'
  const found = isTranslation ? kind : looksLike
  const contents: unknown[] = []
  for (const { path, format } of files) contents.push(await hashOfFile(path), format)
  const name = paths.map((path) => basename(path)).join('+')
  return {
    name,
    kind: found,
    fingerprint: hashOf([datasetFormat, name, ...contents, found, seed]),
    seed,
    items: () => readItems(files, found),
  }
}
