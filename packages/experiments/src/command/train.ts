import { type Command, Option } from 'commander'
import { modelShapes, type ShapeOptions } from '../tasks/model-shape.ts'
import { positive, share, wholeNumber } from './options.ts'
import { trainDefaults } from './recipe-defaults.ts'
import { addTrainingOptions, count, type GivenRecipe } from './training-options.ts'

/** What a model can learn from scratch. */
export type TrainTask = 'masked-lm' | 'translation'

/** The options of `tlc train`, as they were given. */
export interface TrainOptions extends GivenRecipe, ShapeOptions {
  readonly task: TrainTask
  readonly decoderLayers?: number
  readonly vocabularySize: number
  readonly tokenizer?: string
  readonly length?: number
  readonly steps?: number
  readonly minutes?: number
  readonly coolDown: number
  readonly maskShare: number
  readonly attentionStart: 'neighbours' | 'random'
  readonly labelSmoothing: number
  readonly average?: number
  readonly averageLast: number
  readonly evaluationSequences: number
  readonly bleuPairs: number
  readonly subset?: number
}

const examples = `
The folder ends up with config.json, model.safetensors and tokenizer.json, as Hugging Face has them, and metrics.jsonl.
Run again, the same command goes on where it was stopped or killed, to the same bits.

Examples:
  $ tlc train --data imdb --out models/imdb --minutes 10
  $ tlc train --data my-texts.txt --out models/mine --preset mini --steps 5000 --batch-size 64 --micro-batch 16
  $ tlc train --data imdb --out models/wide --layers 2 --hidden-size 256 --tokenizer models/imdb
  $ tlc train --task translation --data en-fr.tsv --out models/en-fr --minutes 30`

const size = (example: number) => wholeNumber(1, 1_000_000, example)

/** `tlc train` */
export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a model from scratch: a RoBERTa on masked text, or a Transformer on translations')
    .addOption(new Option('--task <name>', 'what to learn').choices(Object.keys(trainDefaults)).default('masked-lm'))
    .addOption(
      new Option('--preset <name>', 'the size of the model').choices(Object.keys(modelShapes)).default('small'),
    )
    .option('--layers <number>', "instead of the preset's", size(4))
    .option('--decoder-layers <number>', 'of a translation model (default: as many as --layers)', size(2))
    .option('--hidden-size <features>', "instead of the preset's", size(256))
    .option('--heads <number>', 'of attention (default: of 64 features each, or 16)', size(4))
    .option('--feed-forward-size <features>', '(default: 4 x hidden size)', size(1024))
    .option('--vocabulary-size <tokens>', 'of the tokenizer that is learned from the texts', size(8192), 8192)
    .option('--tokenizer <folder>', 'a ready one instead: a folder with a tokenizer.json, or that file')
    .option('--length <tokens>', 'of the longest text (default: 128)', wholeNumber(3, 1_000_000, 128))
    .addOption(new Option('--steps <number>', 'how long to train').argParser(count(1000)).conflicts('minutes'))
    .option('--minutes <number>', 'or by time: of training steps, evaluations not counted (default: 10)', positive)
    .option('--cool-down <share>', 'of the steps, at the end, in which the rate of masked-lm falls to 0', share, 0.2)
    .option('--mask-share <share>', 'of the tokens that masked-lm has to guess', share, 0.15)
    .addOption(
      new Option('--attention-start <name>', 'of masked-lm: what heads look at before they have learned anything')
        .choices(['neighbours', 'random'])
        .default('neighbours'),
    )
    .option('--label-smoothing <share>', 'of translation', share, 0.1)
    .option('--average <decay>', 'end with the moving average of the weights, for example 0.999', share)
    .option('--average-last <number>', 'of translation: end with the mean of the last evaluations', count(5), 5)
    .option('--evaluation-sequences <number>', 'or pairs, in each evaluation', wholeNumber(2, 1_000_000, 256), 256)
    .option(
      '--bleu-pairs <number>',
      'that translation is judged by in each evaluation, by greedy BLEU',
      wholeNumber(0, 1_000_000, 64),
      64,
    )
    .option(
      '--subset <share>',
      'of the tokens, to train masked-lm on: 0.05 is 5% of them, exactly (default: all)',
      share,
    )
    .addHelpText('after', examples)
    .action(async (options: TrainOptions) => (await import('./train-run.ts')).runTrain(options))
  addTrainingOptions(command, trainDefaults)
}
