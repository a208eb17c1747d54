import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Writes a new file and waits until it is on the disk, not only on its way there. */
export async function writeDurably(path: string, data: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Waits until the names in a folder are on the disk. Windows cannot be asked to, and keeps its own journal. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Renames within a folder, durably: afterwards, and after a crash, there is the old name or the new one. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(dirname(to))
}

/**
 * Writes a file so that a reader, also after a crash, finds the old content or the new, never a part. Folders on the
 * way are made.
 */
export async function writeFileAtomically(path: string, data: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const partial = join(dirname(path), `.partial-${process.pid}-${basename(path)}`)
  try {
    await rm(partial, { force: true })
    await writeDurably(partial, data)
    await renameDurably(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}
