import type { Optimizer, Parameter } from '@tlc/nn'
import { clearPruned } from '../clear-pruned.ts'
import { bakeIn, maskingOf } from '../mask.ts'
import { type PruneOptions, pruneToSparsity } from '../prune-to-sparsity.ts'
import { type Sparsity, sparsityOf } from '../sparsity.ts'

/** When a training is sparse: after the warm-up every other phase, the first and the last among them. */
export interface AlternatingPhases {
  /** steps that are dense at first; 0 by default */
  readonly warmUp?: number
  /** steps of a phase */
  readonly phase: number
  /** steps of the whole training */
  readonly steps: number
  /** steps at the end that are sparse in any case; one phase by default */
  readonly last?: number
}

/** Whether a step, counted from 0, is sparse. @throws RangeError if the counts are not whole, or do not fit into the steps */
export function alternatingPhases(options: AlternatingPhases): (step: number) => boolean {
  const { warmUp = 0, phase, steps, last = phase } = options
  const isCount = (count: number, least: number): boolean => Number.isInteger(count) && count >= least
  if (!(isCount(warmUp, 0) && isCount(phase, 1) && isCount(last, 1) && isCount(steps, warmUp + last))) {
    throw new RangeError(
      `alternatingPhases: warmUp ${warmUp}, phase ${phase} and last ${last} must be whole numbers of steps, warmUp and last within the ${steps} there are`,
    )
  }
  return (step) => step >= warmUp && (step >= steps - last || Math.floor((step - warmUp) / phase) % 2 === 0)
}

export interface AlternatingPruningOptions extends PruneOptions {
  readonly parameters: ReadonlyMap<string, Parameter>
  /** of sparse steps */
  readonly sparsity: number
  readonly isSparse: (step: number) => boolean
  /** Forgets what it remembers of pruned entries, see `clearPruned`; not by default. */
  readonly optimizer?: Optimizer
}

/**
 * Alternates sparse and dense training (AC/DC): a function to be called with the number of each step. Where sparse steps
 * begin it prunes, from all weights anew; where dense ones begin it takes the masks off, and pruned weights go on from 0.
 * It says what is zero where anything changed, and remembers nothing that is not in the masks.
 *
 * @see Peste et al. 2021, AC/DC: alternating compressed/decompressed training, algorithm 1 (recalled, not verified)
 */
export function alternatingPruning(
  options: AlternatingPruningOptions,
): (step: number) => Promise<Sparsity | undefined> {
  const { parameters, sparsity, isSparse, optimizer, ...how } = options
  return async (step) => {
    const wasSparse = [...parameters.values()].some((parameter) => maskingOf(parameter) !== undefined)
    if (isSparse(step) === wasSparse) return undefined
    if (!wasSparse) await pruneToSparsity(parameters, sparsity, how)
    if (optimizer) clearPruned(optimizer)
    if (wasSparse) for (const parameter of parameters.values()) bakeIn(parameter)
    return sparsityOf(parameters)
  }
}
