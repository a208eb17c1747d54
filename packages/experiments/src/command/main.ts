import { CommanderError } from 'commander'
import { UserError } from '../user-error.ts'
import { Interrupted } from './interrupted.ts'
import { makeProgram } from './program.ts'

/**
 * Runs the command `tlc` with its parameters.
 *
 * @returns the exit code: 0 all went well, 1 a failure, 2 wrong usage, 130 (or 128 + its number) ended by a signal
 */
export async function main(parameters: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync(parameters, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2 // it has said why
    if (error instanceof Interrupted) {
      console.error(error.message)
      return error.exitCode
    }
    console.error(error instanceof UserError ? `error: ${error.message}` : error)
    return 1
  }
}
