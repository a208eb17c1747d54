import { UserError } from '../../user-error.ts'
import { documentsOf } from './documents.ts'
import { bytesOf, type InputFile } from './input-files.ts'
import { readJson } from './json-lines.ts'
import { type Line, linesOf } from './lines.ts'
import { readTabs } from './tab-separated.ts'

/**
 * What the items of a data set are for: texts to pretrain on, texts with a label, pairs of texts with a label, or texts
 * with their translation.
 */
export type DatasetKind = 'texts' | 'labelled' | 'pairs' | 'translation'

/** One or two texts, as they stand in a source. */
export interface Item {
  /** the text; or first and second; or source and target */
  readonly texts: readonly string[]
  readonly label?: string | undefined
  /** Items of one group come into one split. An item without one is a group by itself. */
  readonly group?: string
  /** `file:line`, for errors */
  readonly at?: string
}

/** The columns of a kind, or the members of its JSON objects. A label comes first. */
const columns: Readonly<Record<DatasetKind, readonly string[]>> = {
  texts: ['text'],
  labelled: ['label', 'text'],
  pairs: ['label', 'first', 'second'],
  translation: ['source', 'target'],
}

/** The values of a row in the order of its columns, or what is wrong with it. */
export type ParseRow = (line: string, names: readonly string[]) => readonly (string | undefined)[] | string

const rowFormats: Readonly<Record<'tsv' | 'jsonl', ParseRow>> = { tsv: readTabs, jsonl: readJson }

/**
 * The items of files, one at a time. A first row that holds the names of the columns is skipped.
 *
 * @throws UserError that names file and line of what is malformed, and a file that has no items
 */
export async function* readItems(files: readonly InputFile[], kind: DatasetKind): AsyncGenerator<Item> {
  for (const file of files) yield* itemsOf(file, kind)
}

async function* itemsOf({ path, format }: InputFile, kind: DatasetKind): AsyncGenerator<Item> {
  const lines = linesOf(bytesOf(path), path)
  let isEmpty = true
  for await (const item of format === 'text' ? plain(path, lines) : rows(path, lines, kind, format)) {
    isEmpty = false
    yield item
  }
  if (!isEmpty) return
  throw new UserError(
    format === 'text'
      ? `${path}: no text in it; expected documents, one per line or separated by blank lines`
      : `${path}: no rows in it; expected ${columnsOf(kind).join('<TAB>')} or JSON lines with these members`,
  )
}

async function* plain(path: string, lines: AsyncIterable<Line>): AsyncGenerator<Item> {
  for await (const { text, line } of documentsOf(lines)) yield { texts: [text], at: `${path}:${line}` }
}

async function* rows(
  path: string,
  lines: AsyncIterable<Line>,
  kind: DatasetKind,
  format: 'tsv' | 'jsonl',
): AsyncGenerator<Item> {
  const names = columnsOf(kind)
  const isLabelled = names[0] === 'label'
  for await (const { text, line } of lines) {
    if (text.trim() === '' || (line === 1 && text === names.join('\t'))) continue
    const values = rowFormats[format](text, names)
    const at = `${path}:${line}`
    if (typeof values === 'string') throw new UserError(`${at}: ${values}; found ${JSON.stringify(text.slice(0, 80))}`)
    const texts = (isLabelled ? values.slice(1) : values) as string[]
    yield { texts, at, ...(isLabelled && { label: values[0] }) }
  }
}

/** Texts to pretrain on may have labels all the same. */
function columnsOf(kind: DatasetKind): readonly string[] {
  return columns[kind === 'texts' ? 'labelled' : kind]
}

/**
 * The kind that the first row of a file looks like: by a row of names, by the number of columns, or by the members of a
 * JSON object. Two columns may be a translation too; that has to be said, by their names or by whoever opens them.
 */
export async function kindOf({ path, format }: InputFile): Promise<DatasetKind> {
  if (format === 'text') return 'texts'
  for await (const { text } of linesOf(bytesOf(path), path)) {
    if (text.trim() === '') continue
    const kinds = Object.keys(columns) as DatasetKind[]
    const named = kinds.find((kind) => text === columns[kind].join('\t'))
    if (named !== undefined) return named
    if (format === 'tsv') return text.split('\t').length === columns.pairs.length ? 'pairs' : 'labelled'
    const fits = (kind: DatasetKind): boolean => {
      const values = readJson(text, columns[kind])
      return typeof values !== 'string' && !values.includes(undefined)
    }
    return kinds.findLast(fits) ?? 'texts'
  }
  return 'texts'
}
