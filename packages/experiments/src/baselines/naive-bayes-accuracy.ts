import { breathe } from '@tlc/nn'
import type { Dataset, Example } from '../data/index.ts'
import type { Interval } from '../statistics/index.ts'
import { studentHalfWidth } from '../statistics/student.ts'
import { UserError } from '../user-error.ts'
import { NaiveBayes, type NaiveBayesOptions } from './naive-bayes.ts'

export interface NaiveBayesAccuracyOptions extends NaiveBayesOptions {
  /** texts that each model is trained on, 4000 by default */
  readonly examples?: number
  /** independent models, 2 at least; 9 by default */
  readonly draws?: number
  /** of the interval, 0.95 by default */
  readonly level?: number
  /** after each model */
  readonly onDraw?: (done: number, draws: number) => void
}

export interface NaiveBayesAccuracy {
  /** the mean */
  readonly accuracy: number
  readonly interval: Interval
  /** of each model */
  readonly draws: readonly number[]
}

/**
 * How well naive Bayes does on a task: the mean accuracy of several models with Student's interval. Each model has
 * training texts of its own, and a part of the test texts of its own, so that the accuracies are independent and the
 * interval covers both the luck of the training texts and that of the test texts.
 *
 * @throws UserError if the data set has too few texts for that
 */
export async function naiveBayesAccuracy(
  dataset: Dataset,
  { examples = 4000, draws = 9, level = 0.95, onDraw, ...options }: NaiveBayesAccuracyOptions = {},
): Promise<NaiveBayesAccuracy> {
  const [train, test] = [await dataset.examples('train'), await dataset.examples('test')]
  const testSize = Math.floor(test.length / draws)
  if (!(draws >= 2 && examples >= 1 && draws * examples <= train.length && testSize >= 1)) {
    throw new UserError(
      `${dataset.name}: ${draws} draws of ${examples} need 2 draws at least, ${draws * examples} texts for training and ` +
        `${draws} for testing; it has ${train.length} and ${test.length}`,
    )
  }
  const part = (of: readonly Example[], size: number, draw: number) => of.slice(draw * size, (draw + 1) * size)
  const accuracies: number[] = []
  for (let draw = 0; draw < draws; draw++) {
    await breathe()
    accuracies.push(accuracyOf(part(train, examples, draw), part(test, testSize, draw), options))
    onDraw?.(draw + 1, draws)
  }
  const mean = accuracies.reduce((sum, each) => sum + each, 0) / draws
  const variance = accuracies.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (draws - 1)
  const half = studentHalfWidth(level, draws - 1) * Math.sqrt(variance / draws)
  return { accuracy: mean, interval: { low: mean - half, high: mean + half, level }, draws: accuracies }
}

function accuracyOf(train: readonly Example[], test: readonly Example[], options: NaiveBayesOptions): number {
  const model = NaiveBayes.train(
    train.map(({ texts }) => texts[0]!),
    train.map(({ label }) => label),
    options,
  )
  return test.filter(({ texts, label }) => model.predict(texts[0]!) === label).length / test.length
}
