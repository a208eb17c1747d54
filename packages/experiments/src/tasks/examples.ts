import { loadParallelTexts, loadTextDataset } from '../data/index.ts'
import { runHash } from '../store/index.ts'
import { UserError } from '../user-error.ts'
import { dataOptions, type TaskOptions } from './task.ts'

/** An item of a data set. */
export interface Example {
  /** the text; or first and second; or source and target */
  readonly texts: readonly string[]
  /** the number of its class, -1 without one */
  readonly label: number
}

/** A part of the data of a task. */
export type ExampleSplit = 'train' | 'validation' | 'test'

/** What a task is learned from and judged by, all in memory. */
export interface Examples {
  readonly name: string
  /** pins the examples: a hash */
  readonly fingerprint: string
  /** names of the classes, in order; none without labels */
  readonly labels: readonly string[]
  readonly splits: { readonly [S in ExampleSplit]: readonly Example[] }
}

/** @throws UserError if there are none, they are malformed, or have no labels */
export async function loadLabelled(data: string, task: TaskOptions): Promise<Examples> {
  const { name, fingerprint, labels, documents, splits } = await loadTextDataset(data, dataOptions(task))
  if (labels.length === 0)
    throw new UserError(
      `${name}: no labels, but a task is to be learned from it; give a .tsv with label<TAB>text, or .jsonl`,
    )
  const of = (split: ExampleSplit): Example[] =>
    documents.slice(...splits[split]).map(({ text, label }) => ({ texts: [text], label }))
  return { name, fingerprint, labels, splits: { train: of('train'), validation: of('validation'), test: of('test') } }
}

/** @throws UserError if there are none, or they are malformed */
export async function loadTranslations(data: string, _task: TaskOptions): Promise<Examples> {
  const { name, ...parts } = await loadParallelTexts(data)
  const of = (split: ExampleSplit): Example[] =>
    parts[split].map(({ source, target }) => ({ texts: [source, target], label: -1 }))
  const splits = { train: of('train'), validation: of('validation'), test: of('test') }
  return { name, fingerprint: runHash(splits), labels: [], splits }
}
