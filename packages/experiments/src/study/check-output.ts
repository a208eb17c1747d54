import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { explained } from '../store/index.ts'
import { UserError } from '../user-error.ts'

/**
 * Makes sure, before hours of work, that a study can write to its directory, which need not exist yet. Writes nothing.
 *
 * @throws UserError if a file is in the way or writing is not permitted
 */
export async function checkOutput(directory: string): Promise<void> {
  let place = resolve(directory)
  let found = await kindOf(place)
  while (found === undefined && place !== dirname(place)) {
    place = dirname(place)
    found = await kindOf(place)
  }
  if (found === 'file') {
    throw new UserError(
      `cannot write to ${directory}: ${place} is a file, expected a directory; choose another --out, or move the file away`,
    )
  }
  await explained(`write to ${directory}`, () => access(place, constants.W_OK | constants.X_OK))
}

async function kindOf(place: string): Promise<'file' | 'directory' | undefined> {
  const found = await stat(place).catch(() => undefined)
  return found && (found.isDirectory() ? 'directory' : 'file')
}
