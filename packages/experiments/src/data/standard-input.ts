import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unwritable } from './cache.ts'
import type { TextFormat } from './readers/input-files.ts'
import type { DatasetKind } from './readers/items.ts'

const extensions: Readonly<Record<TextFormat, string>> = { text: 'txt', tsv: 'tsv', jsonl: 'jsonl' }

export interface StandardInputOptions {
  readonly kind?: DatasetKind
  readonly format?: TextFormat
  /** of what to read; standard input by default */
  readonly input?: AsyncIterable<Uint8Array>
}

/**
 * Writes standard input to a file, as it comes, and gives its path. The name is a hash of the content: the same input is
 * kept once. What gzip wrote is kept so.
 *
 * @throws UserError if it cannot be written
 */
export async function keepStandardInput(cacheDirectory: string, options: StandardInputOptions = {}): Promise<string> {
  const { kind = 'texts', format = kind === 'texts' ? 'text' : 'tsv', input = process.stdin } = options
  const folder = join(cacheDirectory, 'standard-input')
  const temporary = join(folder, `${randomUUID()}.part`)
  const hash = createHash('sha256')
  let start = Buffer.alloc(0)
  try {
    await mkdir(folder, { recursive: true })
    const file = await open(temporary, 'wx')
    try {
      for await (const piece of input) {
        if (start.length < 2) start = Buffer.concat([start, piece.subarray(0, 2)])
        hash.update(piece)
        await file.writeFile(piece)
      }
    } finally {
      await file.close()
    }
    const isCompressed = start[0] === 0x1f && start[1] === 0x8b
    const path = join(folder, `${hash.digest('hex').slice(0, 16)}.${extensions[format]}${isCompressed ? '.gz' : ''}`)
    await rename(temporary, path)
    return path
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined) // the first error says more
    throw unwritable(temporary, error)
  }
}
