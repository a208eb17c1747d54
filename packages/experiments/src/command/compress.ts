import type { Command } from 'commander'
import { addSharedOptions, type SharedOptions } from './shared-options.ts'
import { count } from './training-options.ts'

/** What every command that compresses takes. */
export interface CompressionOptions extends SharedOptions {
  readonly model: string
  readonly out: string
  readonly data?: string
  readonly examples?: number
  readonly windows: number
  readonly calibration: number
}

/** The options of `tlc compress`, as they were given. */
export interface CompressCommandOptions extends CompressionOptions {
  readonly recipe: string
}

const examples = `
A recipe is a list of steps, done in order:
  [
    { "prune": { "structure": "neurons", "sparsity": 0.5, "criterion": "taylor" } },
    { "prune": { "sparsity": 0.6 } },
    { "finetune": { "steps": 500, "learningRate": 5e-4, "distill": {} } },
    { "quantize": { "bits": 8, "granularity": "row", "grid": "symmetric" } },
    { "encode": { "entropy": "huffman" } }
  ]
With --data the model is judged before and after, and steps can learn and look at examples.

Examples:
  $ tlc compress --model models/sentiment --data imdb-sentiment --recipe small.json --out models/small
  $ tlc inspect models/small --html small.html
  $ tlc eval --model models/small --data imdb-sentiment`

/** `tlc compress` */
export function addCompress(program: Command): void {
  const command = program
    .command('compress')
    .description('put a model through a recipe: prune, train, quantize, encode')
    .requiredOption('--recipe <file>', 'a JSON list of steps')
    .addHelpText('after', examples)
    .action(async (options: CompressCommandOptions) => (await import('./compress-run.ts')).runCompress(options))
  addCompressionOptions(command)
}

/** Adds `--model`, `--out`, `--data` and what goes with it, and the shared options. */
export function addCompressionOptions(command: Command): Command {
  command
    .requiredOption('--model <folder>', 'of tlc train or tlc finetune, or of Hugging Face')
    .requiredOption('--out <folder>', 'where the compressed model goes')
    .option('--data <name-or-path>', 'what the model is for: to judge it, to learn, to look at (see tlc data list)')
    .option('--examples <number>', 'the first so many training texts (default: all)', count(4000))
    .option('--windows <number>', 'of a text that is too long to classify at once, at most so many', count(4), 1)
    .option('--calibration <number>', 'sequences to look at, where a step does', count(128), 128)
  return addSharedOptions(command)
}
