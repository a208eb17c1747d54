import { type Command, Option } from 'commander'
import { nonNegative, positive, share, wholeNumber } from './options.ts'
import { addSharedOptions, type SharedOptions } from './shared-options.ts'
import { count } from './training-options.ts'

/** The options of `tlc translate`, as they were given. */
export interface TranslateCommandOptions extends SharedOptions {
  readonly model: string
  readonly beams: number
  readonly lengthPenalty: number
  readonly greedy?: boolean
  readonly sample?: boolean
  readonly temperature: number
  readonly topK?: number
  readonly topP?: number
  readonly nBest: number
  readonly batchSize: number
}

const examples = `
Without a text, each line of standard input is one; the lines of the output are in their order. With --n-best, a line
is the number of its text from 1, the score and the translation, with tabs between them.

Examples:
  $ tlc translate --model models/en-fr "In the beginning God created the heavens and the earth."
  $ tlc translate --model models/en-fr < verses.en > verses.fr
  $ tlc translate --model models/en-fr --beams 8 --n-best 3 --json "Let there be light."`

/** `tlc translate` */
export function addTranslate(program: Command): void {
  const command = program
    .command('translate')
    .description('translate texts with a model of tlc train --task translation')
    .argument('[text...]', 'texts to translate')
    .requiredOption('--model <folder>', 'of tlc train --task translation')
    .option('--beams <number>', 'hypotheses that are followed', wholeNumber(1, 1000, 4), 4)
    .option('--length-penalty <number>', 'the higher, the longer; 0 ranks by probability alone', nonNegative, 0.6)
    .addOption(
      new Option('--greedy', 'the likeliest token at each place, without beams').conflicts(['sample', 'nBest']),
    )
    .addOption(new Option('--sample', 'draw each token, by --seed').conflicts('nBest'))
    .option('--temperature <number>', 'of --sample', positive, 1)
    .option('--top-k <number>', 'of --sample: from the likeliest tokens only (default: all)', count(50))
    .option('--top-p <share>', 'of --sample: from the fewest that have this probability (default: all)', share)
    .option('--n-best <number>', 'translations of each text', count(3), 1)
    .option('--batch-size <texts>', 'translated at once', count(32), 32)
    .addHelpText('after', examples)
    .action(async (texts: string[], options: TranslateCommandOptions) =>
      (await import('./translate-run.ts')).runTranslate(texts, options),
    )
  addSharedOptions(command)
}
