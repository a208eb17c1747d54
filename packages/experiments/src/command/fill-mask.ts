import type { Command } from 'commander'
import { wholeNumber } from './options.ts'
import { addSharedOptions, type SharedOptions } from './shared-options.ts'

/** The options of `tlc fill-mask`, as they were given. */
export interface FillMaskOptions extends SharedOptions {
  readonly model: string
  readonly top: number
}

const examples = `
Without a text, each line of standard input is one.

Examples:
  $ tlc fill-mask --model models/imdb "This film was <mask>."
  $ tlc fill-mask --model models/imdb --top 10 --json < sentences.txt`

/** `tlc fill-mask` */
export function addFillMask(program: Command): void {
  const command = program
    .command('fill-mask')
    .description('say what a masked language model puts in place of <mask>')
    .argument('[text...]', 'texts with <mask> in them')
    .requiredOption('--model <folder>', 'of tlc train, or of Hugging Face')
    .option('--top <number>', 'guesses for each mask', wholeNumber(1, 1000, 5), 5)
    .addHelpText('after', examples)
    .action(run)
  addSharedOptions(command)
}

async function run(texts: string[], options: FillMaskOptions): Promise<void> {
  const { runFillMask } = await import('./fill-mask-run.ts')
  await runFillMask(texts, options)
}
