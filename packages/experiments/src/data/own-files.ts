import { basename } from 'node:path'
import { UserError } from '../user-error.ts'
import { type LabelledText, makeDataset, shuffle, type TextDataset } from './dataset.ts'
import { formatOf, type Row, readDocuments, readRows, type TextFormat } from './text-file.ts'

/** A sentence and its translation. */
export interface TextPair {
  readonly source: string
  readonly target: string
}

/** Distinct pairs, shuffled. */
export interface ParallelTexts {
  readonly name: string
  readonly train: readonly TextPair[]
  readonly validation: readonly TextPair[]
  readonly test: readonly TextPair[]
}

const fewestPairs = 10
const heldOutShare = 0.05

/**
 * A file of the user's: plain text, `label<TAB>text`, or JSON lines with `text` and perhaps `label`. The classes are
 * numbered in the order of their names.
 *
 * @throws UserError for a file that is unreadable, empty, malformed or too small
 */
export async function readTextDataset(path: string, fingerprint: string, seed: number): Promise<TextDataset> {
  const { labels, documents } = await readLabelled(path, formatOf(path))
  return makeDataset(documents, { name: basename(path), fingerprint, labels, seed })
}

interface Labelled {
  readonly labels: readonly string[]
  readonly documents: readonly LabelledText[]
}

async function readLabelled(path: string, format: TextFormat): Promise<Labelled> {
  if (format === 'text') {
    const texts = await readDocuments(path)
    return { labels: [], documents: texts.map((text) => ({ text, label: -1 })) }
  }
  const rows = await readRows(path, format, ['label', 'text'])
  const labels = labelsOf(path, rows)
  return {
    labels,
    documents: rows.map(({ first, second }) => ({ text: second, label: labels.indexOf(first as string) })),
  }
}

/** The names of the classes in order; none if no row has one. */
function labelsOf(path: string, rows: readonly Row[]): string[] {
  const bare = rows.filter(({ first }) => first === undefined)
  if (bare.length === rows.length) return []
  const [missing] = bare
  if (missing !== undefined) {
    throw new UserError(`${path}:${missing.line}: no label, but other rows have one; label all of them or none`)
  }
  const labels = [...new Set(rows.map(({ first }) => first as string))].sort()
  if (labels.length === 1)
    throw new UserError(`${path}: every row has the label ${JSON.stringify(labels[0])}; need at least two`)
  if (labels.length > Math.max(2, rows.length / 2)) {
    throw new UserError(
      `${path}: ${labels.length} labels in ${rows.length} rows; the columns are label<TAB>text, in this order`,
    )
  }
  return labels
}

/**
 * The user's parallel texts, `source<TAB>target` or JSON lines with `source` and `target`; 5% each for validation and test.
 *
 * @throws UserError for a file that is unreadable, empty, malformed or too small
 */
export async function loadParallelTexts(path: string, seed = 0): Promise<ParallelTexts> {
  const format = formatOf(path)
  if (format === 'text')
    throw new UserError(`${path}: parallel texts are .tsv (source<TAB>target) or .jsonl, not plain text`)
  const rows = await readRows(path, format, ['source', 'target'])
  const missing = rows.find(({ first }) => first === undefined)
  if (missing !== undefined)
    throw new UserError(`${path}:${missing.line}: expected "source" and "target", got no "source"`)
  const distinct = new Map(
    rows.map(({ first, second }) => [`${first}\t${second}`, { source: first as string, target: second }]),
  )
  if (distinct.size < fewestPairs) {
    throw new UserError(`${path}: found ${distinct.size} distinct pairs, need at least ${fewestPairs} to split`)
  }
  const pairs = shuffle([...distinct.values()], seed)
  const heldOut = Math.max(1, Math.round(heldOutShare * pairs.length))
  return {
    name: basename(path),
    train: pairs.slice(2 * heldOut),
    validation: pairs.slice(0, heldOut),
    test: pairs.slice(heldOut, 2 * heldOut),
  }
}
