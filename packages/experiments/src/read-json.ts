import { readFile } from 'node:fs/promises'
import { UserError } from './user-error.ts'

/**
 * What a JSON file holds.
 *
 * @param expected what it should be, for the error
 * @throws UserError if it cannot be read, or is not JSON
 */
export async function readJson(path: string, expected: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new UserError(`cannot read ${path}: ${cause.message}; expected ${expected}`, { cause })
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UserError(`${path} is not JSON: ${(cause as Error).message}`, { cause })
  }
}
