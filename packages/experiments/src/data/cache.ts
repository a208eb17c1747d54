import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '../user-error.ts'

/**
 * Where fetched and derived data is kept: `TLC_CACHE` if it is set, else `tlc` in the user's cache directory of this
 * system.
 */
export function defaultCacheDirectory(
  environment: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): string {
  const { TLC_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment
  if (TLC_CACHE) return resolve(TLC_CACHE)
  if (platform === 'win32') return join(LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'tlc', 'Cache')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'tlc')
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'tlc')
}

/** SHA-256 of values (as JSON) or bytes, in hexadecimal digits. */
export function hashOf(content: unknown): string {
  const bytes = content instanceof Uint8Array ? content : JSON.stringify(content)
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * Writes a file as a whole or not at all: to a temporary file beside it, flushed, then renamed.
 *
 * @throws UserError if the disk is full or the directory cannot be written to
 */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined) // the first error says more
    throw unwritable(path, error)
  }
}

/** The error of a cache that cannot be written to. */
export function unwritable(path: string, error: unknown): UserError {
  const reason = (error as Error).message
  return new UserError(
    `cannot write ${path}: ${reason}; free disk space, or set TLC_CACHE to a directory that can be written to`,
    {
      cause: error,
    },
  )
}

/** Bytes, and what is to be known about them. */
export interface Artifact<Facts> {
  readonly facts: Facts
  readonly bytes: Uint8Array
}

/**
 * What `build` makes, made once: `path.bin` holds the bytes, `path.json` the facts and the hash of the bytes. A damaged
 * or incomplete pair of files is built again.
 *
 * @param path without extension; names everything that the artifact depends on, by hash
 */
export async function cached<Facts>(path: string, build: () => Promise<Artifact<Facts>>): Promise<Artifact<Facts>> {
  const known = await readArtifact<Facts>(path)
  if (known !== undefined) return known
  const { facts, bytes } = await build()
  await writeWhole(`${path}.bin`, bytes)
  await writeWhole(`${path}.json`, `${JSON.stringify({ sha256: hashOf(bytes), facts }, undefined, 2)}\n`)
  return { facts, bytes }
}

async function readArtifact<Facts>(path: string): Promise<Artifact<Facts> | undefined> {
  try {
    const { sha256, facts } = JSON.parse(await readFile(`${path}.json`, 'utf8')) as { sha256: string; facts: Facts }
    const bytes = await readFile(`${path}.bin`)
    return hashOf(bytes) === sha256 ? { facts, bytes } : undefined
  } catch {
    return undefined // absent, unreadable or not JSON: all the same, it is made again
  }
}
