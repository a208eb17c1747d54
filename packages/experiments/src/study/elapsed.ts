import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '../store/index.ts'

/** Seconds that a study has taken over the times it was run; those that ended by a kill are not counted. */
export async function readElapsed(directory: string): Promise<number> {
  const text = await readFile(pathIn(directory), 'utf8').catch(() => '')
  const seconds = Number.parseFloat(text)
  return seconds > 0 ? seconds : 0 // a lost clock spoils no result
}

export async function saveElapsed(directory: string, seconds: number): Promise<void> {
  await writeFileAtomically(pathIn(directory), `${seconds}\n`)
}

function pathIn(directory: string): string {
  return join(directory, 'elapsed-seconds.txt')
}
