import { open, readdir, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../user-error.ts'
import { explained } from './file-error.ts'

const pattern = /^lock-(\d+)@(.+)$/
const host = hostname().replaceAll(/[^\w.-]/g, '_')

/** The locks that this process holds: what it finds under its own number beside these is left from an earlier process. */
const held = new Set<string>()

/**
 * Takes a directory for this process alone and returns how to give it back. Each process puts down a file with its own
 * name and only then looks for others, so of two at the same moment at least one sees the other and yields. Files of
 * processes that are gone (killed before they could tidy up) are removed.
 *
 * @throws UserError when another process works in the directory
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const own = join(directory, `lock-${process.pid}@${host}`)
  if (held.has(own)) throw new UserError(`${directory} is already open in this process; finish or close that run first`)
  held.add(own)
  const release = async () => {
    await rm(own, { force: true })
    held.delete(own)
  }
  try {
    await explained(`write ${own}`, async () => (await open(own, 'w')).close())
    for (const name of await readdir(directory)) await yieldTo(directory, name)
  } catch (error) {
    await release()
    throw error
  }
  return release
}

/** Throws when the file is the lock of a living process other than this one; removes it when that process is gone. */
async function yieldTo(directory: string, name: string): Promise<void> {
  const [, pid, owner] = pattern.exec(name) ?? []
  if (pid === undefined || (Number(pid) === process.pid && owner === host)) return
  const path = join(directory, name)
  if (owner !== host) {
    throw new UserError(
      `${directory} is in use by process ${pid} on the machine ${owner}; if that process is gone, delete ${path}`,
    )
  }
  if (await isAlive(Number(pid)))
    throw new UserError(`${directory} is in use by process ${pid}; wait for it to end, or stop it`)
  await rm(path, { force: true })
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0) // signal 0 asks whether the process exists
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // exists, belongs to another user
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '') // Linux keeps a killed child until its parent asks
  return !/^\d+ \(.*\) [ZX] /s.test(status)
}
