import type { Parameter } from '@tlc/nn'
import type { GradientStatistics } from './criteria/collect-gradients.ts'
import type { Criterion, CriterionContext, InputMoments } from './criteria/criterion.ts'
import { magnitude } from './criteria/magnitude.ts'
import { distinct } from './distinct.ts'
import { maskOf, setMask } from './mask.ts'
import { type Sparsity, sparsityOf } from './sparsity.ts'
import type { Budget } from './structures/budget.ts'
import { type RankingScope, within } from './structures/scope.ts'
import type { Scored, Structure } from './structures/structure.ts'
import { unstructured } from './structures/unstructured.ts'

/** How to choose what is pruned. */
export interface PruneOptions {
  /** `magnitude` by default */
  readonly criterion?: Criterion
  /** `unstructured` by default */
  readonly structure?: Structure
  /** `global` by default, or `perMatrix` where there is a budget */
  readonly scope?: RankingScope
  /** How scopes other than `global` divide the sparsity over parameters; evenly by default. */
  readonly budget?: Budget
  /** Of the inputs of layers, by path, for criteria like `wanda`: `encoder.0.dense` has those of `encoder.0.dense.weight`. */
  readonly statistics?: ReadonlyMap<string, InputMoments>
  /** Of the parameters, by name, for criteria like `taylor`: what `collectGradients` found. */
  readonly gradients?: ReadonlyMap<string, GradientStatistics>
}

/**
 * Prunes parameters until a share of their entries is 0, by masks on their seams. The share is of all entries, those
 * pruned before included: sparsities 0.15, 0.30, … in turn prune another 15% of the original count each. What was pruned
 * before stays pruned; a parameter (or, with scope `global`, the whole) that is sparser already is left as it is. A
 * parameter that the map holds under two names counts once.
 *
 * Scores are computed and ranked on the CPU from the stored values, so every backend yields the same masks.
 *
 * @param sparsity share of zeros, 0 to 1
 * @returns the zeros that there are now
 * @throws RangeError if the sparsity is outside 0..1, or a score is NaN; then no mask is changed
 */
export async function pruneToSparsity(
  parameters: ReadonlyMap<string, Parameter>,
  sparsity: number,
  options: PruneOptions = {},
): Promise<Sparsity> {
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new RangeError(
      `pruneToSparsity: sparsity must be from 0 to 1, the share of entries to prune, got ${sparsity}`,
    )
  }
  const { criterion = magnitude, structure = unstructured, budget, scope = budget ? 'perMatrix' : 'global' } = options
  const ranked = within(scope, structure, budget)
  const named = [...distinct(parameters)]
  const weights: Scored[] = []
  for (const [name, parameter] of named)
    weights.push(await score(parameter, criterion, contextOf(name, parameter, options)))
  const masks = ranked(weights, sparsity)
  for (const [index, [, parameter]] of named.entries()) setMask(parameter, masks[index]!)
  return sparsityOf(parameters)
}

function contextOf(name: string, { stored }: Parameter, { statistics, gradients }: PruneOptions): CriterionContext {
  const layer = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  return { name, shape: stored.shape, statistics: statistics?.get(layer), gradients: gradients?.get(name) }
}

async function score(parameter: Parameter, criterion: Criterion, context: CriterionContext): Promise<Scored> {
  const { name, shape } = context
  const { size, dtype } = parameter.stored
  if (dtype !== 'f32') throw new TypeError(`pruneToSparsity: '${name}' is ${dtype}, expected f32`)
  const kept = maskOf(parameter) ?? new Uint8Array(size).fill(1)
  // What is pruned has no say: a stored value under the mask may be anything.
  const weight = ((await parameter.stored.data()) as Float32Array).map((w, index) => (kept[index] === 1 ? w : 0))
  const scores = await criterion(weight, context)
  if (scores.length !== size) {
    throw new RangeError(`pruneToSparsity: the criterion gave ${scores.length} scores for '${name}' of ${size} entries`)
  }
  const wrong = scores.findIndex((each, index) => Number.isNaN(each) && kept[index] === 1)
  if (wrong >= 0)
    throw new RangeError(`pruneToSparsity: the score of '${name}' is NaN at entry ${wrong}; is the weight finite?`)
  return { name, shape, scores, kept }
}
