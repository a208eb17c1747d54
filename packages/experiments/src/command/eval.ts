import { type Command, Option } from 'commander'
import type { TaskSplit } from '../tasks/evaluate.ts'
import { nonNegative, wholeNumber } from './options.ts'
import { addSharedOptions, type SharedOptions } from './shared-options.ts'
import { count } from './training-options.ts'

/** The options of `tlc eval`, as they were given. */
export interface EvalOptions extends SharedOptions {
  readonly model: string
  readonly data: string
  readonly split: TaskSplit
  readonly limit?: number
  readonly windows: number
  readonly beams: number
  readonly lengthPenalty: number
  readonly greedy?: boolean
  readonly deploy?: boolean
}

const examples = `
A masked language model is judged by its loss on held-out text under masks that are always the same, a classifier by
accuracy, F1 and Matthews correlation, a translation model by BLEU and chrF as sacreBLEU has them. A compressed model
computes with its weights decoded; with --deploy layers are timed first, and what was chosen for each is told.

Examples:
  $ tlc eval --model models/imdb --data imdb
  $ tlc eval --model models/sentiment --data imdb-sentiment --json
  $ tlc eval --model models/small --data imdb-sentiment --deploy
  $ tlc eval --model models/en-fr --data en-fr.tsv --beams 4 --limit 500`

/** `tlc eval` */
export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .description('say how good a model is at what it is for')
    .requiredOption('--model <folder>', 'of tlc train, finetune or compress, or of Hugging Face')
    .requiredOption('--data <name-or-path>', 'what to judge by (see tlc data list)')
    .addOption(
      new Option('--split <name>', 'of a task; a masked language model is judged on held-out text')
        .choices(['train', 'validation', 'test'])
        .default('test'),
    )
    .option('--limit <number>', 'of sequences, texts or pairs, the first ones (default: all)', count(1000))
    .option('--windows <number>', 'of a text that is too long to classify at once, at most so many', count(4), 1)
    .option('--beams <number>', 'of translation', wholeNumber(1, 1000, 4), 4)
    .option('--length-penalty <number>', 'of translation', nonNegative, 0.6)
    .option('--greedy', 'translate without beams')
    .option('--deploy', 'compute with compressed weights as they are, in each layer where that is faster here')
    .addHelpText('after', examples)
    .action(async (options: EvalOptions) => (await import('./eval-run.ts')).runEval(options))
  addSharedOptions(command)
}
