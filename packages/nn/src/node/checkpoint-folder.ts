import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckpointStore } from '../train.ts'
import { renameDurably, syncFolder, writeDurably } from './durable-files.ts'

/** A checkpoint that could not be written or read. */
export class CheckpointError extends Error {
  override name = 'CheckpointError'
  /** what is wrong, without what to do about it */
  readonly problem: string

  constructor(problem: string, { remedy, ...options }: ErrorOptions & { readonly remedy?: string }) {
    super(remedy === undefined ? problem : `${problem}; ${remedy}`, options)
    this.problem = problem
  }
}

/** Bytes and SHA-256 of every file of a checkpoint. */
type Manifest = Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>

const manifestFile = 'manifest.json'
const partialPrefix = '.partial-'
const checkpointName = /^checkpoint-(\d{6,})$/

export interface WriteCheckpointOptions {
  /** how many of the last checkpoints stay, this one included; 1 by default */
  readonly keep?: number
}

/**
 * Writes files as the next checkpoint of a run's folder, `checkpoint-000001` and so on. They are written under another
 * name, flushed, and renamed together, so that after a kill or a power cut at any moment every checkpoint there is
 * complete. Older ones are removed afterwards. One process at a time may write to a folder.
 *
 * @returns the new checkpoint's folder
 * @throws CheckpointError if it could not be written; those that were there stay
 */
export async function writeCheckpoint(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
  { keep = 1 }: WriteCheckpointOptions = {},
): Promise<string> {
  if (!(Number.isInteger(keep) && keep >= 1))
    throw new RangeError(`writeCheckpoint: keep must be a whole number >= 1, got ${keep}`)
  const before = await numbersIn(folder)
  const name = nameOf((before.at(-1) ?? 0) + 1)
  try {
    await mkdir(folder, { recursive: true })
    await removePartial(folder)
    const partial = join(folder, `${partialPrefix}${name}`)
    await writeAll(partial, files)
    await renameDurably(partial, join(folder, name))
  } catch (cause) {
    await removePartial(folder).catch(() => undefined) // what is left is removed before the next one
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CheckpointError(`no checkpoint could be written to ${folder}: ${reason}`, {
      cause,
      remedy: 'those that were there are as before',
    })
  }
  for (const old of before.slice(0, Math.max(0, before.length + 1 - keep))) await removeCheckpoint(folder, old)
  return join(folder, name)
}

/**
 * The files of the last checkpoint in a folder, or undefined if there is none yet.
 *
 * @throws CheckpointError if it is damaged, naming the file
 */
export async function readCheckpoint(folder: string): Promise<Map<string, Uint8Array> | undefined> {
  const last = (await numbersIn(folder)).at(-1)
  if (last === undefined) return undefined
  const path = join(folder, nameOf(last))
  const files = new Map<string, Uint8Array>()
  for (const [name, { bytes, sha256 }] of Object.entries(await readManifest(path))) {
    const file = await readOrExplain(join(path, name), path)
    if (file.length !== bytes || digest(file) !== sha256) {
      throw damaged(
        path,
        `${name} has ${file.length} bytes with SHA-256 ${digest(file)}, expected ${bytes} with ${sha256}`,
      )
    }
    files.set(name, file)
  }
  return files
}

/** A folder as the place for the checkpoints of `train`. */
export function checkpointFolder(folder: string, options?: WriteCheckpointOptions): CheckpointStore {
  return {
    read: () => readCheckpoint(folder),
    write: (files) => writeCheckpoint(folder, files, options),
  }
}

function nameOf(number: number): string {
  return `checkpoint-${String(number).padStart(6, '0')}`
}

/** The checkpoints in a folder, the oldest first; none if it does not exist. */
async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new CheckpointError(`the checkpoints in ${folder} cannot be listed: ${error.message}`, { cause: error })
  })
  return names
    .flatMap((name) => (checkpointName.test(name) ? [Number(checkpointName.exec(name)![1])] : []))
    .sort((a, b) => a - b)
}

async function writeAll(partial: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(partial)
  const manifest: Manifest = Object.fromEntries(
    [...files].map(([name, data]) => [name, { bytes: data.length, sha256: digest(data) }]),
  )
  for (const [name, data] of files) await writeDurably(join(partial, name), data)
  await writeDurably(join(partial, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`)
  await syncFolder(partial)
}

/** Takes the name away first, so that what a kill leaves behind is no checkpoint. */
async function removeCheckpoint(folder: string, number: number): Promise<void> {
  const partial = join(folder, `${partialPrefix}removed-${nameOf(number)}`)
  await renameDurably(join(folder, nameOf(number)), partial)
  await rm(partial, { recursive: true })
}

async function removePartial(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(partialPrefix)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

async function readManifest(path: string): Promise<Manifest> {
  const text = await readOrExplain(join(path, manifestFile), path)
  try {
    const manifest = JSON.parse(text.toString()) as Manifest
    if (Object.values(manifest).every(({ bytes, sha256 }) => Number.isInteger(bytes) && typeof sha256 === 'string'))
      return manifest
  } catch (cause) {
    throw damaged(path, `${manifestFile} does not list files`, cause)
  }
  throw damaged(path, `${manifestFile} does not list files`)
}

async function readOrExplain(file: string, checkpoint: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw damaged(checkpoint, (cause as Error).message, cause)
  }
}

function damaged(checkpoint: string, problem: string, cause?: unknown): CheckpointError {
  const remedy = 'remove that folder to go on from the checkpoint before it, or from the start'
  return new CheckpointError(`${checkpoint} is damaged: ${problem}`, { cause, remedy })
}

function digest(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
