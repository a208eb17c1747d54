import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UserError } from '../../user-error.ts'

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

/** A file to be read, and how. */
export interface InputFile {
  readonly path: string
  readonly format: TextFormat
}

/** The format that the extension stands for; `.gz` after it means compressed. */
function formatOf(path: string): TextFormat {
  const format = formats[extname(path.replace(/\.gz$/i, '')).toLowerCase()]
  if (format !== undefined) return format
  throw new UserError(
    `${path}: the extension says nothing about the format; name it ${Object.keys(formats).join(', ')} ` +
      '(also with .gz), for plain text, columns with tabs between them, or JSON lines',
  )
}

/**
 * The files that paths stand for, in the order of the paths: a file itself, of a folder all that is in it and in its
 * folders, by name, without hidden ones.
 *
 * @param expected what to ask for if there is nothing under a path
 * @throws UserError if a path cannot be read, a folder has no files, or an extension is unknown
 */
export async function findFiles(paths: readonly string[], expected: string): Promise<InputFile[]> {
  const found: InputFile[] = []
  for (const path of paths) {
    const files = (await isFolder(path, expected)) ? await filesIn(path) : [path]
    if (files.length === 0) throw new UserError(`${path}: no files in this folder; expected texts`)
    found.push(...files.map((file) => ({ path: file, format: formatOf(file) })))
  }
  return found
}

async function isFolder(path: string, expected: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw unreadable(path, error, expected)
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return files.filter((path) => !/(^|[\\/])\./.test(path.slice(folder.length))).sort()
}

/**
 * The bytes of a file, decompressed if its name ends in `.gz`, a piece at a time.
 *
 * @throws UserError if it cannot be read, or is not gzip though it is called so
 */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path)
  const compressed = /\.gz$/i.test(path)
  try {
    yield* compressed ? pipeline(file, createGunzip(), () => undefined) : file
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
      const reason = (error as Error).message
      throw new UserError(
        `${path}: not gzip, or cut short (${reason}); expected what gzip wrote, or a name without .gz`,
        {
          cause: error,
        },
      )
    }
    throw unreadable(path, error, 'the path of a readable file')
  }
}

/** SHA-256 of a file as it lies there, in hexadecimal digits. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array)
  } catch (error) {
    throw unreadable(path, error, 'the path of a readable file')
  }
  return hash.digest('hex')
}

function unreadable(path: string, error: unknown, expected: string): UserError {
  return new UserError(`cannot read ${path}: ${(error as Error).message}; expected ${expected}`, { cause: error })
}
