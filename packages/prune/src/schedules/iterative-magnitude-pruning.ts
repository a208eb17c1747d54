import type { Parameter } from '@tlc/nn'
import { magnitude } from '../criteria/magnitude.ts'
import { pruneToSparsity } from '../prune-to-sparsity.ts'

/** The paper's levels: another 15% of the original weights at a time. */
export const paperLevels: readonly number[] = [0.15, 0.3, 0.45, 0.6, 0.75, 0.9]

/** One level of iterative pruning, done. Plain data: a list of these is what a later session resumes from. */
export interface LevelReport {
  /** share of the original entries that was asked for */
  readonly sparsity: number
  /** entries that are 0 now, and entries in all */
  readonly zeros: number
  readonly size: number
  /** of the model before any pruning */
  readonly originalAccuracy: number
  /** right after pruning, before any retraining */
  readonly prunedAccuracy: number
  /** after retraining */
  readonly accuracy: number
  /** optimizer steps that retraining took; 0 if pruning alone left the accuracy high enough */
  readonly retrainingSteps: number
  /** whether the accuracy came back, or else the epoch ran out */
  readonly recovered: boolean
}

/** A model seen from outside, and how to prune it. */
export interface IterativePruningOptions {
  /** What is pruned, by name. */
  readonly parameters: ReadonlyMap<string, Parameter>
  /** The validation accuracy of the model as it is now; any score will do of which more is better. */
  readonly evaluate: () => number | Promise<number>
  /** Does one training step on the task. */
  readonly finetuneStep: () => unknown
  /** The most steps a level may retrain: one epoch in the paper. */
  readonly stepsPerEpoch: number
  /** Steps between two looks at the validation accuracy; a tenth of the epoch by default. */
  readonly evaluateEvery?: number
  /** `paperLevels` by default; ascending */
  readonly levels?: readonly number[]
  /** `global` by default */
  readonly scope?: 'global' | 'perMatrix'
  /** The share of the original accuracy to come back to: 0.995 by default. */
  readonly recovery?: number
  /** Measured at the start if not given. */
  readonly originalAccuracy?: number
  /** Called when a level is pruned and its retraining begins: the place to start a fresh optimizer or schedule. */
  readonly onPruned?: (level: { readonly sparsity: number; readonly accuracy: number }) => unknown
  /** Called after each look at the validation accuracy while retraining. */
  readonly onEvaluated?: (progress: {
    readonly sparsity: number
    readonly step: number
    readonly accuracy: number
  }) => unknown
  /** Levels done before, whose weights and masks have been loaded again: the run goes on after the last of them. */
  readonly done?: readonly LevelReport[]
}

/**
 * The paper's pruning: at each level set the weights of smallest magnitude to zero, up to that share of the original
 * count, then fine-tune until the validation accuracy is within 99.5% of the original or one epoch has passed.
 *
 * A generator, so that between levels its user saves, measures or stops:
 * ```ts
 * for await (const level of iterativeMagnitudePruning({ parameters, evaluate, finetuneStep, stepsPerEpoch })) {
 *   await save(model, saveMasks(parameters), [...done, level])
 * }
 * ```
 * Zeros stay zero throughout: the masks are left on the parameters.
 *
 * @throws RangeError if levels do not ascend within 0..1, counts are not whole and positive, or an accuracy is NaN
 * @see Li et al. 2020, section 4.2 (recalled, not verified)
 */
export async function* iterativeMagnitudePruning(options: IterativePruningOptions): AsyncGenerator<LevelReport> {
  const { parameters, scope = 'global', recovery = 0.995, done = [] } = options
  const levels = options.levels ?? paperLevels
  checkLevels(levels, done)
  checkCount('stepsPerEpoch', options.stepsPerEpoch)
  const known = done[0]?.originalAccuracy ?? options.originalAccuracy
  const originalAccuracy = known ?? (await accuracyNow(options))

  for (const sparsity of levels.slice(done.length)) {
    const { zeros, size } = await pruneToSparsity(parameters, sparsity, { criterion: magnitude, scope })
    const prunedAccuracy = await accuracyNow(options)
    await options.onPruned?.({ sparsity, accuracy: prunedAccuracy })
    const target = recovery * originalAccuracy
    const { accuracy, steps } = await retrain(options, sparsity, prunedAccuracy, target)
    const recovered = accuracy >= target
    yield { sparsity, zeros, size, originalAccuracy, prunedAccuracy, accuracy, retrainingSteps: steps, recovered }
  }
}

async function retrain(
  options: IterativePruningOptions,
  sparsity: number,
  prunedAccuracy: number,
  target: number,
): Promise<{ accuracy: number; steps: number }> {
  const { stepsPerEpoch, finetuneStep, onEvaluated } = options
  const evaluateEvery = options.evaluateEvery ?? Math.ceil(stepsPerEpoch / 10)
  checkCount('evaluateEvery', evaluateEvery)
  let accuracy = prunedAccuracy
  let steps = 0
  while (accuracy < target && steps < stepsPerEpoch) {
    const next = Math.min(steps + evaluateEvery, stepsPerEpoch)
    for (; steps < next; steps++) await finetuneStep()
    accuracy = await accuracyNow(options)
    await onEvaluated?.({ sparsity, step: steps, accuracy })
  }
  return { accuracy, steps }
}

async function accuracyNow({ evaluate }: IterativePruningOptions): Promise<number> {
  const accuracy = await evaluate()
  if (Number.isNaN(accuracy)) throw new RangeError('iterativeMagnitudePruning: evaluate gave NaN, expected an accuracy')
  return accuracy
}

function checkLevels(levels: readonly number[], done: readonly LevelReport[]): void {
  const ascending = levels.every((level, index) => level > (levels[index - 1] ?? 0) && level <= 1)
  if (!ascending) {
    throw new RangeError(
      `iterativeMagnitudePruning: levels must ascend within 0 < level <= 1, got ${levels.join(', ')}`,
    )
  }
  const other = done.findIndex(({ sparsity }, index) => sparsity !== levels[index])
  if (other >= 0) {
    throw new RangeError(
      `iterativeMagnitudePruning: level ${other} was done at ${done[other]!.sparsity}, now ${levels[other]} is asked for; ` +
        'resume with the levels it began with',
    )
  }
}

function checkCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`iterativeMagnitudePruning: ${name} must be a whole number >= 1, got ${count}`)
  }
}
