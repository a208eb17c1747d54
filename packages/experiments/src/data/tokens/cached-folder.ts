import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { unwritable, writeWhole } from '../cache.ts'

const contents = 'contents.json'
const abandonedAfter = 24 * 3600 * 1000 // milliseconds

/** What is to be known about the files of a folder, and their hashes by name. */
interface Contents<Facts> {
  readonly facts: Facts
  readonly sha256: Readonly<Record<string, string>>
}

/**
 * What `build` writes into a folder, made once; for files that are not to be held in memory. It writes into a folder
 * beside it, which gets the name when all is there: an interruption leaves no half of it. Damaged files are found by
 * their hashes, and all is built again.
 *
 * @param path names everything that the files depend on, by hash
 * @returns what `build` returned, which must be JSON
 * @throws UserError if it cannot be written
 */
export async function cachedFolder<Facts>(path: string, build: (folder: string) => Promise<Facts>): Promise<Facts> {
  const known = await verified<Facts>(path)
  if (known !== undefined) return known
  await removeAbandoned(path)
  const folder = `${path}.${randomUUID()}.part`
  try {
    await mkdir(folder, { recursive: true }).catch((error) => {
      throw unwritable(folder, error)
    })
    const facts = await build(folder)
    const names = await readdir(folder)
    const hashes = await Promise.all(names.map(async (name) => [name, await hashOfStream(join(folder, name))]))
    const listed: Contents<Facts> = { facts, sha256: Object.fromEntries(hashes) }
    await writeWhole(join(folder, contents), `${JSON.stringify(listed, undefined, 2)}\n`)
    await rm(path, { recursive: true, force: true })
    await rename(folder, path)
    return facts
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined) // the first error says more
    const byOther = await verified<Facts>(path) // who made the same at the same time, and was first
    if (byOther !== undefined) return byOther
    throw error
  }
}

async function verified<Facts>(path: string): Promise<Facts | undefined> {
  try {
    const { facts, sha256 } = JSON.parse(await readFile(join(path, contents), 'utf8')) as Contents<Facts>
    for (const [name, hash] of Object.entries(sha256))
      if ((await hashOfStream(join(path, name))) !== hash) return undefined
    return facts
  } catch {
    return undefined // absent, unreadable or not JSON: all the same, it is made again
  }
}

async function hashOfStream(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece as Uint8Array)
  return hash.digest('hex')
}

/** Folders of processes that were killed while they wrote this. */
async function removeAbandoned(path: string): Promise<void> {
  const directory = dirname(path)
  for (const name of await readdir(directory).catch(() => [])) {
    if (!(name.startsWith(`${basename(path)}.`) && name.endsWith('.part'))) continue
    const { mtimeMs } = await stat(join(directory, name)).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > abandonedAfter) await rm(join(directory, name), { recursive: true, force: true })
  }
}
