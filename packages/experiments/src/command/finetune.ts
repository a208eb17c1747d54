import type { Pooling } from '@tlc/transformer'
import { type Command, Option } from 'commander'
import { positive, wholeNumber } from './options.ts'
import { finetuneDefaults } from './recipe-defaults.ts'
import { addTrainingOptions, count, type GivenRecipe } from './training-options.ts'

/** The options of `tlc finetune`, as they were given. */
export interface FinetuneCommandOptions extends GivenRecipe {
  readonly model: string
  readonly length?: number
  readonly epochs: number
  readonly examples?: number
  readonly windows: number
  readonly pooling?: Pooling
}

const examples = `
The data has labels: label<TAB>text, label<TAB>first<TAB>second for pairs, or JSON lines with these members. Of it 80% is
learned from, 10% chooses the best weights, and 10% is left for tlc eval.

Examples:
  $ tlc finetune --model models/imdb --data imdb-sentiment --out models/sentiment
  $ tlc finetune --model models/imdb --data my-labels.tsv --out models/mine --epochs 5 --patience 3
  $ tlc finetune --model models/imdb --data imdb-sentiment --out models/long --pooling mean --windows 4`

/** `tlc finetune` */
export function addFinetune(program: Command): void {
  const command = program
    .command('finetune')
    .description('teach a pretrained model to tell classes of texts, or of pairs of texts, apart')
    .requiredOption('--model <folder>', 'a pretrained RoBERTa or BERT, of tlc train or of Hugging Face')
    .option(
      '--length <tokens>',
      'of the longest text; longer ones are cut (default: as many as the model reads)',
      wholeNumber(5, 1_000_000, 128),
    )
    .option('--epochs <number>', 'passes over the training texts', positive, 3)
    .option('--examples <number>', 'the first so many training texts (default: all)', count(4000))
    .option('--windows <number>', 'of a text that is too long to read at once, at most so many', count(4), 1)
    .addOption(
      new Option(
        '--pooling <name>',
        'what the new head sees: the first token, or the mean of all (default: as before)',
      ).choices(['first', 'mean']),
    )
    .addHelpText('after', examples)
    .action(async (options: FinetuneCommandOptions) => (await import('./finetune-run.ts')).runFinetune(options))
  addTrainingOptions(command, { finetune: finetuneDefaults })
}
