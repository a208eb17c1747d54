import { type Command, Option } from 'commander'
import type { TrainingRecipe } from '../tasks/training.ts'
import { positive, seconds, share, wholeNumber } from './options.ts'
import { addSharedOptions, type SharedOptions } from './shared-options.ts'

/** The options that every training has, as they were given. */
export interface GivenRecipe extends SharedOptions {
  readonly data: string
  readonly out: string
  readonly steps?: number
  readonly minutes?: number
  readonly batchSize: number
  readonly microBatch?: number
  readonly length: number
  readonly learningRate: number
  readonly warmUp: number
  readonly dropout: number
  readonly evaluations: number
  readonly patience?: number
  readonly precision: 'f32' | 'f16'
  readonly saveEvery?: number
}

const count = (example: number) => wholeNumber(1, Number.MAX_SAFE_INTEGER, example)

/** Adds `--steps`, `--batch-size` and their like, with the defaults of a kind of training, and the shared options. */
export function addTrainingOptions(
  command: Command,
  defaults: Pick<GivenRecipe, 'batchSize' | 'length' | 'learningRate' | 'warmUp' | 'dropout' | 'evaluations'>,
): Command {
  command
    .requiredOption('--data <name-or-path>', 'what to learn from (see tlc data list)')
    .requiredOption('--out <folder>', 'where the model goes, and the training that leads to it')
    .option('--batch-size <sequences>', 'in a step', count(32), defaults.batchSize)
    .option('--micro-batch <sequences>', 'computed at once, gradients summed; for less memory (default: all)', count(8))
    .option('--length <tokens>', 'of the longest sequence', wholeNumber(3, 1_000_000, 128), defaults.length)
    .option('--learning-rate <number>', 'after the warm-up', positive, defaults.learningRate)
    .option('--warm-up <share>', 'of the steps', share, defaults.warmUp)
    .option('--dropout <share>', 'of features and attention weights', share, defaults.dropout)
    .option('--evaluations <number>', 'on held-out data, evenly in all steps', count(10), defaults.evaluations)
    .option('--patience <evaluations>', 'without a lower loss, after which it stops', count(3))
    .addOption(new Option('--precision <type>', 'of forward and backward').choices(['f32', 'f16']).default('f32'))
    .option('--save-every <seconds>', 'work that a kill can cost at most (default: 60)', seconds)
  return addSharedOptions(command)
}

/** What a task takes of them. */
export function recipeOf(given: GivenRecipe): TrainingRecipe {
  const { microBatch, saveEvery, data, out, steps, minutes, batchSize, length, learningRate, warmUp, dropout } = given
  const { evaluations, patience, precision, seed } = given
  return {
    ...{ data, out, steps, minutes, batchSize, microBatchSize: microBatch, length, learningRate, warmUp, dropout },
    ...{ evaluations, patience, precision, seed, saveEverySeconds: saveEvery },
  }
}
