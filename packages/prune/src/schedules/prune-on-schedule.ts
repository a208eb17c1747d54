import type { Optimizer, Parameter } from '@tlc/nn'
import { clearPruned } from '../clear-pruned.ts'
import { type PruneOptions, pruneToSparsity } from '../prune-to-sparsity.ts'
import type { Sparsity } from '../sparsity.ts'
import type { SparsitySchedule } from './sparsity-schedules.ts'

export interface PruneOnScheduleOptions extends PruneOptions {
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly schedule: SparsitySchedule
  /** Forgets what it remembers of pruned entries, see `clearPruned`; not by default. */
  readonly optimizer?: Optimizer
}

/**
 * Gradual pruning while a model trains: a function to be called with the number of each step, which prunes where the
 * schedule has risen since the call before, and says what is zero then.
 *
 * ```ts
 * const prune = pruneOnSchedule({ parameters, schedule: cubicSparsity({ final: 0.9, every: 100, changes: 20 }), optimizer })
 * await train({ ..., onStep: async ({ step }) => void (await prune(step)) })
 * ```
 * It remembers nothing that is not in the masks: with weights and masks loaded again a run goes on as if it had never
 * stopped.
 */
export function pruneOnSchedule(options: PruneOnScheduleOptions): (step: number) => Promise<Sparsity | undefined> {
  const { parameters, schedule, optimizer, ...how } = options
  let reached = 0
  return async (step) => {
    const due = schedule(step)
    if (due <= reached) return undefined
    const sparsity = await pruneToSparsity(parameters, due, how)
    reached = due
    if (optimizer) clearPruned(optimizer)
    return sparsity
  }
}
