import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { explained } from './file-error.ts'

/**
 * Writes a file so that whoever looks, at any moment and after any crash, sees the old content or the new, never a
 * part: to a temporary file beside it, flushed to the disk, then renamed over it, then the directory flushed. Makes the directories above it.
 *
 * @throws UserError when the disk is full or the place not writable; the old content is still there
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  await explained(`write ${path}`, async () => {
    await mkdir(dirname(path), { recursive: true })
    try {
      const file = await open(temporary, 'w')
      try {
        await file.writeFile(content)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    await flushDirectory(dirname(path))
  })
}

/** Makes a rename survive a power failure. Some systems (Windows) cannot flush a directory; there the rename alone has to do. */
async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined)
  if (!directory) return
  try {
    await directory.sync().catch(() => undefined)
  } finally {
    await directory.close()
  }
}
