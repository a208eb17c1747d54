import { type Command, Option } from 'commander'
import { modelShapes } from '../tasks/model-shape.ts'
import { positive, share, wholeNumber } from './options.ts'
import type { TrainTaskOptions } from './train-run.ts'
import { addTrainingOptions } from './training-options.ts'

const examples = `
The folder ends up with config.json, model.safetensors and tokenizer.json, as Hugging Face has them, and metrics.jsonl.
Run again, the same command goes on where it was stopped or killed, to the same bits.

Examples:
  $ tlc train --data imdb --out models/imdb --minutes 10
  $ tlc train --data my-texts.txt --out models/mine --preset mini --steps 5000 --batch-size 64 --micro-batch 16
  $ tlc train --data imdb --out models/wide --layers 2 --hidden-size 256 --tokenizer models/imdb`

const size = (example: number) => wholeNumber(1, 1_000_000, example)

/** `tlc train` */
export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a model from scratch: a RoBERTa on masked text')
    .addOption(
      new Option('--preset <name>', 'the size of the model').choices(Object.keys(modelShapes)).default('small'),
    )
    .option('--layers <number>', "instead of the preset's", size(4))
    .option('--hidden-size <features>', "instead of the preset's", size(256))
    .option('--heads <number>', 'of attention (default: of 64 features each, or 16)', size(4))
    .option('--feed-forward-size <features>', '(default: 4 x hidden size)', size(1024))
    .option('--vocabulary-size <tokens>', 'of the tokenizer that is learned from the texts', size(8192), 8192)
    .option('--tokenizer <folder>', 'a ready one instead: a folder with a tokenizer.json, or that file')
    .addOption(
      new Option('--steps <number>', 'how long to train')
        .argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER, 1000))
        .conflicts('minutes'),
    )
    .option('--minutes <number>', 'or by time: of training steps, evaluations not counted (default: 10)', positive)
    .option('--cool-down <share>', 'of the steps, at the end, in which the learning rate falls to 0', share, 0.2)
    .option('--evaluation-sequences <number>', 'in each evaluation', wholeNumber(2, 1_000_000, 256), 256)
    .addHelpText('after', examples)
    .action(run)
  addTrainingOptions(command, {
    batchSize: 32,
    length: 128,
    learningRate: 1e-3,
    warmUp: 0.05,
    dropout: 0,
    evaluations: 10,
  })
}

async function run(options: TrainTaskOptions): Promise<void> {
  const { runTrain } = await import('./train-run.ts')
  await runTrain(options)
}
