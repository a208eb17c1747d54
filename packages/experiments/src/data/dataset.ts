import { permutation } from '@tlc/nn'
import { key } from '@tlc/tensor'
import { UserError } from '../user-error.ts'

/** A text, and the number of its class; -1 without one. */
export interface LabelledText {
  readonly text: string
  readonly label: number
}

/**
 * What a part of the documents is for. Pretraining and its held-out part lie inside train, so that no model has seen a
 * validation or test text before it is judged on it. Without labels there are only those two.
 */
export type Split = 'pretraining' | 'heldOut' | 'train' | 'validation' | 'test'

/** A part of the documents: from the first number up to, not including, the second. */
export type Range = readonly [start: number, end: number]
export type Splits = Readonly<Record<Split, Range>>

/** What was counted while a data set was made. */
export interface DatasetFacts {
  /** distinct documents */
  readonly documents: number
  /** documents dropped because another had the same text */
  readonly duplicates: number
  /** runs of characters without white space */
  readonly words: number
  /** of UTF-8 */
  readonly bytes: number
}

/** Texts for pretraining and, if they have labels, for classification. */
export interface TextDataset {
  readonly name: string
  /** Of the source and all that was done to it: equal fingerprints, equal data sets. */
  readonly fingerprint: string
  /** Names of the classes; none for texts without labels. */
  readonly labels: readonly string[]
  /** Distinct and shuffled. */
  readonly documents: readonly LabelledText[]
  readonly splits: Splits
  readonly facts: DatasetFacts
}

/** Changes when the same source would give another data set than before. */
export const datasetFormat = 1

const heldOutShare = 0.005
const largestHeldOutShare = 0.1
const enoughHeldOut = 100
const validationShare = 0.1
const testShare = 0.1
const fewestLabelled = 10
const fewestTexts = 2

/** The items in the random order that a seed names. */
export function shuffle<Item>(items: readonly Item[], seed: number): Item[] {
  return Array.from(permutation(key(seed), items.length), (index) => items[index] as Item)
}

export interface MakeDatasetOptions {
  readonly name: string
  readonly fingerprint: string
  readonly labels: readonly string[]
  readonly seed: number
}

/**
 * Drops empty texts and exact duplicates, shuffles, then splits: with labels 80% train, 10% validation and 10% test;
 * without labels all is train. The last 0.5% of train is held out from pretraining; of fewer than 20,000 documents the
 * last 100, of fewer than 1000 a tenth.
 *
 * @throws UserError for fewer than ten labelled or two other texts
 */
export function makeDataset(documents: readonly LabelledText[], options: MakeDatasetOptions): TextDataset {
  const { name, fingerprint, labels, seed } = options
  const full = documents.filter(({ text }) => text.trim() !== '')
  const distinct = [...new Map(full.map((document) => [document.text, document])).values()]
  const fewest = labels.length > 0 ? fewestLabelled : fewestTexts
  if (distinct.length < fewest) {
    throw new UserError(
      `${name}: found ${distinct.length} distinct ${labels.length > 0 ? 'labelled texts' : 'texts'}, need at least ${fewest} ` +
        'to split; add more, or separate them by blank lines',
    )
  }
  const shuffled = shuffle(distinct, seed)
  return {
    name,
    fingerprint,
    labels,
    documents: shuffled,
    splits: splitsOf(shuffled.length, labels.length > 0),
    facts: {
      documents: shuffled.length,
      duplicates: full.length - shuffled.length,
      words: total(shuffled, ({ text }) => text.match(/\S+/g)?.length ?? 0),
      bytes: total(shuffled, ({ text }) => new TextEncoder().encode(text).length),
    },
  }
}

function splitsOf(documents: number, labelled: boolean): Splits {
  const part = (share: number): number => Math.max(1, Math.round(share * documents))
  const train = labelled ? documents - part(validationShare) - part(testShare) : documents
  const validation = labelled ? train + part(validationShare) : documents
  const heldOut = Math.max(heldOutShare * train, Math.min(enoughHeldOut, largestHeldOutShare * train))
  const pretraining = train - Math.max(1, Math.round(heldOut))
  return {
    pretraining: [0, pretraining],
    heldOut: [pretraining, train],
    train: [0, labelled ? train : 0],
    validation: [train, validation],
    test: [validation, documents],
  }
}

/** The documents of one split. */
export function documentsOf(dataset: TextDataset, split: Split): readonly LabelledText[] {
  return dataset.documents.slice(...dataset.splits[split])
}

function total<Item>(items: readonly Item[], measure: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + measure(item), 0)
}
