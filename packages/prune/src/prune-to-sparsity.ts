import type { Parameter } from '@tlc/nn'
import type { Criterion } from './criterion.ts'
import { distinct } from './distinct.ts'
import { magnitude } from './magnitude.ts'
import { maskOf, setMask } from './mask.ts'
import { type Sparsity, sparsityOf } from './sparsity.ts'
import type { Scored, Structure } from './structure.ts'
import { unstructured } from './unstructured.ts'

/** How to choose what is pruned. */
export interface PruneOptions {
  /** `magnitude` by default */
  readonly criterion?: Criterion
  /** `unstructured` by default */
  readonly structure?: Structure
  /**
   * `global`, the default: one ranking over all parameters, so that some end sparser than others; `perMatrix`: each
   * parameter has the same share of zeros (called uniform, local or layer-wise elsewhere).
   */
  readonly scope?: 'global' | 'perMatrix'
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
  const { criterion = magnitude, structure = unstructured, scope = 'global' } = options
  const weights: (Scored & { readonly parameter: Parameter })[] = []
  for (const [name, parameter] of distinct(parameters)) {
    weights.push({ parameter, ...(await score(parameter, name, criterion)) })
  }

  const groups = scope === 'global' ? [weights] : weights.map((weight) => [weight])
  const masks = groups.flatMap((group) => structure(group, sparsity))
  for (const [index, { parameter }] of weights.entries()) setMask(parameter, masks[index]!)
  return sparsityOf(parameters)
}

async function score(parameter: Parameter, name: string, criterion: Criterion): Promise<Scored> {
  const { shape, size, dtype } = parameter.stored
  if (dtype !== 'f32') throw new TypeError(`pruneToSparsity: '${name}' is ${dtype}, expected f32`)
  const weight = (await parameter.stored.data()) as Float32Array
  const scores = await criterion(weight, { name, shape })
  if (scores.length !== size) {
    throw new RangeError(`pruneToSparsity: the criterion gave ${scores.length} scores for '${name}' of ${size} entries`)
  }
  const kept = maskOf(parameter) ?? new Uint8Array(size).fill(1)
  // What is pruned has no say: a stored value under the mask may be anything.
  const wrong = scores.findIndex((each, index) => Number.isNaN(each) && kept[index] === 1)
  if (wrong >= 0)
    throw new RangeError(`pruneToSparsity: the score of '${name}' is NaN at entry ${wrong}; is the weight finite?`)
  return { scores, kept }
}
