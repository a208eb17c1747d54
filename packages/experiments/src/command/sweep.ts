import type { Command } from 'commander'
import { addCompressionOptions, type CompressionOptions } from './compress.ts'
import { count } from './training-options.ts'

/** The options of `tlc sweep`, as they were given. */
export interface SweepCommandOptions extends CompressionOptions {
  readonly recipes: string
  readonly judged?: number
}

const examples = `
The file has recipes by name: { "8 bits": [{ "quantize": { "bits": 8 } }], "half": [{ "prune": { "sparsity": 0.5 } }] }

Example:
  $ tlc sweep --model models/sentiment --data imdb-sentiment --recipes recipes.json --out runs/sweep`

/** `tlc sweep` */
export function addSweep(program: Command): void {
  const command = program
    .command('sweep')
    .description('put a classifier through many recipes: accuracy, bytes, error and speed of each, and the frontier')
    .requiredOption('--recipes <file>', 'JSON: recipes by name')
    .option('--judged <number>', 'the first so many texts to judge by (default: all)', count(1000))
    .addHelpText('after', examples)
    .action(async (options: SweepCommandOptions) => (await import('./sweep-run.ts')).runSweep(options))
  addCompressionOptions(command)
}
