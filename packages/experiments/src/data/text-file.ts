import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { UserError } from '../user-error.ts'

/** How a file of texts is written. */
export type TextFormat = 'text' | 'tsv' | 'jsonl'

const formats: Readonly<Record<string, TextFormat>> = {
  '.txt': 'text',
  '.text': 'text',
  '.md': 'text',
  '.tsv': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
}

/** The format that the extension stands for. */
export function formatOf(path: string): TextFormat {
  const format = formats[extname(path).toLowerCase()]
  if (format !== undefined) return format
  throw new UserError(
    `${path}: the extension says nothing about the format; name it ${Object.keys(formats).join(', ')}, ` +
      'for plain text, label<TAB>text, or JSON lines',
  )
}

/** One line, and its number in the file from 1. */
interface Line {
  readonly text: string
  readonly number: number
}

/**
 * The lines of a UTF-8 file, without their ends and without a byte order mark.
 *
 * @throws UserError if it cannot be read or is not UTF-8
 */
async function* linesOf(path: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 0
  let rest = ''
  for await (const chunk of chunksOf(path)) {
    const lines = (rest + decode(path, decoder, chunk)).split('\n')
    rest = lines.pop() as string
    for (const line of lines) yield { text: line.replace(/\r$/, ''), number: ++number }
  }
  rest += decode(path, decoder)
  if (rest !== '') yield { text: rest, number: ++number }
}

async function* chunksOf(path: string, expected = 'the path of a readable file'): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path)
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${(error as Error).message}; expected ${expected}`, { cause: error })
  }
}

/**
 * SHA-256 of a file, in hexadecimal digits.
 *
 * @param expected what to ask for if it cannot be read
 */
export async function hashOfFile(path: string, expected: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of chunksOf(path, expected)) hash.update(chunk)
  return hash.digest('hex')
}

function decode(path: string, decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined })
  } catch (error) {
    throw new UserError(`${path}: not UTF-8; convert it, for example with: iconv -t UTF-8`, { cause: error })
  }
}

/** The documents of a plain text: what blank lines separate, or each line of a file that has none. */
export async function readDocuments(path: string): Promise<string[]> {
  const paragraphs: string[][] = [[]]
  for await (const { text } of linesOf(path)) {
    if (text.trim() === '') paragraphs.push([])
    else paragraphs.at(-1)?.push(text)
  }
  const full = paragraphs.filter((lines) => lines.length > 0)
  if (full.length === 0)
    throw new UserError(`${path}: no text in it; expected documents, one per line or separated by blank lines`)
  return full.length === 1 ? (full[0] as string[]) : full.map((lines) => lines.join('\n'))
}

/** The values of two named columns, and where they stand. */
export interface Row {
  readonly first: string | undefined
  readonly second: string
  readonly line: number
}

/**
 * The rows of a TSV file with two columns, or of JSON lines with two members. A first row that holds the names of the
 * columns is skipped; in JSON lines the first member may be missing.
 *
 * @throws UserError that names the first malformed line, or says that there are no rows
 */
export async function readRows(
  path: string,
  format: 'tsv' | 'jsonl',
  names: readonly [string, string],
): Promise<Row[]> {
  const parse = { tsv: parseTabs, jsonl: parseJson }[format]
  const rows: Row[] = []
  for await (const { text, number } of linesOf(path)) {
    if (text.trim() === '') continue
    const row = parse(text, names)
    if (typeof row === 'string')
      throw new UserError(`${path}:${number}: ${row}; found ${JSON.stringify(text.slice(0, 80))}`)
    const [first, second] = row
    if (number === 1 && first === names[0] && second === names[1]) continue
    rows.push({ first, second, line: number })
  }
  if (rows.length === 0)
    throw new UserError(`${path}: no rows in it; expected ${names.join('<TAB>')} or JSON lines with these members`)
  return rows
}

type Parsed = readonly [first: string | undefined, second: string] | string

/** Two columns, or what is wrong with them. */
function parseTabs(line: string, [first, second]: readonly [string, string]): Parsed {
  const columns = line.split('\t')
  if (columns.length !== 2) return `expected 2 columns ${first}<TAB>${second}, got ${columns.length}`
  if (columns.some((column) => column.trim() === '')) return `expected ${first}<TAB>${second}, got an empty column`
  return columns as [string, string]
}

function parseJson(line: string, [first, second]: readonly [string, string]): Parsed {
  const expected = `expected a JSON object with a string "${second}" and a string, number or boolean "${first}"`
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return expected
  }
  const members = (value ?? {}) as Record<string, unknown>
  const given = members[first]
  const text = members[second]
  if (typeof text !== 'string') return expected
  if (given === undefined) return [undefined, text]
  return ['string', 'number', 'boolean'].includes(typeof given) ? [String(given), text] : expected
}
