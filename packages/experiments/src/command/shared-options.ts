import { type Command, Option } from 'commander'
import { type TaskBackend, taskBackends } from '../tasks/open-task-backend.ts'
import { wholeNumber } from './options.ts'

/** What all commands that compute have in common. */
export interface SharedOptions {
  readonly backend: TaskBackend
  readonly threads?: number
  readonly wide: boolean
  readonly seed: number
  readonly json?: boolean
}

/** Adds `--backend`, `--threads`, `--no-wide`, `--seed` and `--json`. */
export function addSharedOptions(command: Command): Command {
  return command
    .addOption(new Option('--backend <name>', 'what computes').choices(taskBackends).default('wasm'))
    .option('--threads <number>', 'of the backend wasm (default: one per core)', wholeNumber(1, 1024, 2))
    .option('--no-wide', "128-bit vectors, without V8's experimental 256-bit ones: the same numbers, later")
    .option('--seed <number>', 'of all random numbers', wholeNumber(0, Number.MAX_SAFE_INTEGER, 1), 1)
    .option('--json', 'JSON on standard output, one object per line; what is for people on standard error')
}
