import { key } from '@tlc/tensor'
import { UserError } from '../user-error.ts'
import { distinct } from './distinct.ts'
import { LabelCounts } from './labels.ts'
import type { DataProgress } from './progress.ts'
import type { DatasetKind, Item } from './readers/items.ts'
import { type Layout, layOut, placesOf, type Split } from './splits.ts'

/** What was counted while a data set was read. */
export interface DatasetFacts {
  /** distinct items: texts or pairs */
  readonly documents: number
  /** items dropped because one before had the same texts */
  readonly duplicates: number
  /** runs of characters without white space */
  readonly words: number
  /** of UTF-8 */
  readonly bytes: number
}

/** What is known of a data set after reading it once. */
export interface Overview extends Layout, DatasetFacts {
  /** Names of the classes, in order; none without labels. */
  readonly labels: readonly string[]
  /** Items of each class. `[labels]` */
  readonly labelCounts: readonly number[]
}

/** An item of a data set. */
export interface Example {
  /** the text; or first and second; or source and target */
  readonly texts: readonly string[]
  /** the number of its class, -1 without one */
  readonly label: number
}

/** Where the items of a data set come from. */
export interface DatasetSource {
  readonly name: string
  readonly kind: DatasetKind
  /** Of the source and all that is done to it: equal fingerprints, equal data sets. */
  readonly fingerprint: string
  /** Of the order, and so of what is in which split. */
  readonly seed: number
  /** All of them from the first, at each call. */
  readonly items: () => AsyncIterable<Item>
}

/** Changes when the same source would give another data set than before. */
export const datasetFormat = 1

const nouns = { texts: 'texts', labelled: 'labelled texts', pairs: 'labelled pairs', translation: 'pairs' } as const
const fewestItems: Readonly<Record<DatasetKind, number>> = { texts: 2, labelled: 10, pairs: 10, translation: 10 }

/**
 * Items without empty texts and exact duplicates, in the random order of a seed, in splits. Nothing is read before it is
 * needed, as what was made of it may be in the cache; then it is read an item at a time, and only some bytes are kept for
 * each.
 */
export class Dataset {
  readonly name: string
  readonly kind: DatasetKind
  readonly fingerprint: string
  readonly #source: DatasetSource
  readonly #onProgress: (progress: DataProgress) => void
  #overview: Promise<Overview> | undefined

  constructor(source: DatasetSource, onProgress: (progress: DataProgress) => void = () => undefined) {
    this.name = source.name
    this.kind = source.kind
    this.fingerprint = source.fingerprint
    this.#source = source
    this.#onProgress = onProgress
  }

  /**
   * Labels, splits and counts, found by reading all items once.
   *
   * @throws UserError for malformed items, too few, and labels that will not do
   */
  overview(): Promise<Overview> {
    this.#overview ??= this.#look()
    return this.#overview
  }

  /** The items in the order of the source: of a split, or all. Holds one at a time. */
  async *stream(split?: Split): AsyncGenerator<Example> {
    for await (const { example } of this.#placed(split)) yield example
  }

  /** The items of a split in the random order, all in memory: for tasks that fit there. */
  async examples(split: Split): Promise<readonly Example[]> {
    const { splits } = await this.overview()
    const [start, end] = splits[split]
    const examples = new Array<Example>(end - start)
    for await (const { example, place } of this.#placed(split)) examples[place - start] = example
    return examples
  }

  async *#placed(split?: Split): AsyncGenerator<{ readonly example: Example; readonly place: number }> {
    const { labels, order, splits } = await this.overview()
    const [start, end] = split ? splits[split] : [0, order.length]
    const places = placesOf(order)
    const numbers = new Map(labels.map((label, number) => [label, number]))
    let item = 0
    for await (const { texts, label = '' } of distinct(this.#source.items())) {
      const place = places[item++] as number
      if (place >= start && place < end) yield { example: { texts, label: numbers.get(label) ?? -1 }, place }
    }
  }

  async #look(): Promise<Overview> {
    const { name, kind, seed, items } = this.#source
    this.#onProgress({ phase: 'reading', name })
    const groups = new Map<string, number>()
    const groupOf: number[] = []
    const all = new LabelCounts()
    const kept = new LabelCounts()
    const facts = { documents: 0, duplicates: 0, words: 0, bytes: 0 }
    for await (const item of distinct(all.watch(items()), () => facts.duplicates++)) {
      facts.documents++
      kept.add(item)
      if (item.group !== undefined) {
        if (!groups.has(item.group)) groups.set(item.group, groups.size)
        groupOf.push(groups.get(item.group) as number)
      }
      for (const text of item.texts) {
        facts.words += countWords(text)
        facts.bytes += Buffer.byteLength(text)
      }
    }
    const names = all.names(name)
    if (kind !== 'texts' && kind !== 'translation' && names.length === 0) throw unlabelled(name, kind)
    if (facts.documents < fewestItems[kind]) {
      throw new UserError(
        `${name}: found ${facts.documents} distinct ${nouns[kind]}, need at least ${fewestItems[kind]} to split; add more, ` +
          'or separate them by blank lines',
      )
    }
    const layout = layOut(facts.documents, kind, key(seed), groups.size > 0 ? groupOf : undefined)
    return { labels: names, labelCounts: kept.counts(names), ...layout, ...facts }
  }
}

function unlabelled(name: string, kind: DatasetKind): UserError {
  return new UserError(`${name}: no row has a label; expected ${nouns[kind]}, each with one`)
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0
}
