import { type Command, Option } from 'commander'
import { addCompressionOptions, type CompressionOptions } from './compress.ts'
import { share } from './options.ts'

/** The options of `tlc prune`, as they were given. */
export interface PruneCommandOptions extends CompressionOptions {
  readonly sparsity: number
  readonly criterion: string
  readonly structure: string
  readonly scope: string
}

const examples = `
A recipe of one step: tlc compress does several.

Examples:
  $ tlc prune --model models/sentiment --sparsity 0.6 --out models/sparse
  $ tlc prune --model models/sentiment --sparsity 0.5 --structure 2:4 --criterion wanda --data imdb-sentiment --out models/two-of-four
  $ tlc prune --model models/sentiment --sparsity 0.5 --structure heads --criterion taylor --data imdb-sentiment --out models/fewer-heads`

/** `tlc prune` */
export function addPrune(program: Command): void {
  const command = program
    .command('prune')
    .description('set weights of a model to 0, or cut out heads, neurons or layers')
    .requiredOption('--sparsity <share>', 'of the weights, or of the units, to be gone', share)
    .addOption(
      new Option('--criterion <name>', 'what tells weights that matter')
        .choices(['magnitude', 'random', 'taylor', 'snip', 'wanda', 'sparsegpt', 'obs'])
        .default('magnitude'),
    )
    .option(
      '--structure <name>',
      'unstructured, rows, columns, n:m, blocks such as 1x4, heads, neurons or layers',
      'unstructured',
    )
    .addOption(
      new Option('--scope <name>', 'what is ranked together')
        .choices(['global', 'perMatrix', 'perRow', 'erk'])
        .default('global'),
    )
    .addHelpText('after', examples)
    .action(async (options: PruneCommandOptions, self: Command) =>
      (await import('./prune-run.ts')).runPrune(options, self),
    )
  addCompressionOptions(command)
}
