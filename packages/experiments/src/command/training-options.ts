import { type Command, Option } from 'commander'
import type { TrainingRecipe } from '../tasks/training.ts'
import { positive, seconds, share, wholeNumber } from './options.ts'
import { addSharedOptions, type SharedOptions } from './shared-options.ts'

/** What a training has if nothing else is given. */
export interface RecipeDefaults {
  readonly batchSize: number
  readonly learningRate: number
  readonly warmUp: number
  readonly dropout: number
  readonly evaluations: number
}

/** The options that every training has, as they were given. */
export interface GivenRecipe extends SharedOptions, Partial<RecipeDefaults> {
  readonly data: string
  readonly out: string
  readonly microBatch?: number
  readonly patience?: number
  readonly precision: 'f32' | 'f16'
  readonly recompute?: boolean
  readonly saveEvery?: number
}

/** A whole number of at least 1. */
export const count = (example: number): ((value: string) => number) => wholeNumber(1, Number.MAX_SAFE_INTEGER, example)

/**
 * Adds `--data`, `--batch-size` and their like, and the shared options.
 *
 * @param defaults of each kind of training that the command does, by its name
 */
export function addTrainingOptions(command: Command, defaults: { readonly [kind: string]: RecipeDefaults }): Command {
  const usual = (name: keyof RecipeDefaults): string => {
    const values = Object.entries(defaults).map(([kind, each]) => [kind, each[name]] as const)
    const alike = new Set(values.map(([, value]) => value)).size === 1
    return `(default: ${alike ? values[0]![1] : values.map(([kind, value]) => `${value} for ${kind}`).join(', ')})`
  }
  command
    .requiredOption('--data <name-or-path>', 'what to learn from (see tlc data list)')
    .requiredOption('--out <folder>', 'where the model goes, and the training that leads to it')
    .option('--batch-size <texts>', `in a step ${usual('batchSize')}`, count(32))
    .option('--micro-batch <texts>', 'computed at once, gradients summed; for less memory (default: all)', count(8))
    .option('--learning-rate <number>', `after the warm-up ${usual('learningRate')}`, positive)
    .option('--warm-up <share>', `of the steps ${usual('warmUp')}`, share)
    .option('--dropout <share>', `of features and attention weights ${usual('dropout')}`, share)
    .option('--evaluations <number>', `on held-out data, evenly in all steps ${usual('evaluations')}`, count(10))
    .option('--patience <evaluations>', 'without a lower loss, after which it stops', count(3))
    .addOption(new Option('--precision <type>', 'of forward and backward').choices(['f32', 'f16']).default('f32'))
    .option('--recompute', 'run layers again in the backward pass: less memory, more time, the same bits')
    .option('--save-every <seconds>', 'work that a kill can cost at most (default: 60)', seconds)
  return addSharedOptions(command)
}

/** What a task takes of them. */
export function recipeOf(given: GivenRecipe, defaults: RecipeDefaults): Omit<TrainingRecipe, 'length'> {
  const { data, out, microBatch, patience, precision, recompute, seed, saveEvery } = given
  return {
    ...{ data, out, patience, precision, recompute, seed, microBatchSize: microBatch, saveEverySeconds: saveEvery },
    batchSize: given.batchSize ?? defaults.batchSize,
    learningRate: given.learningRate ?? defaults.learningRate,
    warmUp: given.warmUp ?? defaults.warmUp,
    dropout: given.dropout ?? defaults.dropout,
    evaluations: given.evaluations ?? defaults.evaluations,
  }
}
