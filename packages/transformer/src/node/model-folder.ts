import { copyFile, link, mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renameDurably, syncFolder, writeDurably } from '@tlc/nn/node'
import type { FileSource } from '../pretrained/file-source.ts'
import { weightsPattern } from '../pretrained/weights.ts'

/** A model that is being written, and one that is written but not in its place yet; both within the model's folder. */
const [partial, complete] = ['.partial-model', '.complete-model']

/** The files of a folder. After a kill while it was written, those of the old model or of the new one. */
export function openPath(path: string | URL): FileSource {
  const folder = typeof path === 'string' ? path : fileURLToPath(path)
  return {
    async read(name) {
      const place = (await exists(join(folder, complete))) ? join(folder, complete) : folder
      return unlessAbsent(readFile(join(place, name)))
    },
    async present() {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => error.code)
      if (names === 'ENOENT') return 'there is no such folder'
      if (names === 'ENOTDIR') return 'that is a file, expected the folder of a model'
      return names?.length ? `there are ${[...names].sort().join(', ')}` : 'the folder is empty'
    },
  }
}

/**
 * Writes the files of a model to a folder, whole or not at all: whenever the process ends, the folder holds the old model
 * or the new one for `readPretrained`. Weights of a model that was there before are removed; other files stay. One process
 * at a time may write to a folder, and who reads meanwhile may see files of both models.
 *
 * @throws Error if the folder cannot be written, with the old model as it was
 */
export async function writePretrained(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  let made: string | undefined
  try {
    made = await mkdir(folder, { recursive: true })
    if (await exists(join(folder, complete))) await putInPlace(folder)
    await rm(join(folder, partial), { recursive: true, force: true })
    await mkdir(join(folder, partial))
    for (const [name, file] of files) await writeDurably(join(folder, partial, name), file)
    await syncFolder(join(folder, partial))
    await renameDurably(join(folder, partial), join(folder, complete))
  } catch (cause) {
    await rm(join(folder, partial), { recursive: true, force: true }).catch(() => undefined)
    if (made !== undefined) await rmdir(folder)
    throw new Error(`no model was written to ${folder}: ${(cause as Error).message}`, { cause })
  }
  await putInPlace(folder)
}

/** Gives a complete model's files their places. All of it can be done again after it was interrupted. */
async function putInPlace(folder: string): Promise<void> {
  const [names, beside] = [await readdir(join(folder, complete)), join(folder, '.partial-file')]
  for (const name of await readdir(folder)) {
    if (weightsPattern.test(name) && !names.includes(name)) await rm(join(folder, name))
  }
  for (const name of names) {
    await rm(beside, { force: true })
    // Not every file system has links.
    await link(join(folder, complete, name), beside).catch(() => copyFile(join(folder, complete, name), beside))
    await renameDurably(beside, join(folder, name))
  }
  await renameDurably(join(folder, complete), join(folder, partial))
  await rm(join(folder, partial), { recursive: true })
}

async function exists(path: string): Promise<boolean> {
  return (await unlessAbsent(stat(path))) !== undefined
}

async function unlessAbsent<Result>(result: Promise<Result>): Promise<Result | undefined> {
  try {
    return await result
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code!)) return undefined
    throw error
  }
}
