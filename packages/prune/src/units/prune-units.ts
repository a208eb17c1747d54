import { type Module, namedParameters, type UnitGroup, type UnitKind, unitGroups } from '@tlc/nn'
import { roundHalfToEven } from '../structures/round-half-to-even.ts'
import { maskUnits, prunedUnits } from './pruned-units.ts'
import type { UnitCriterion } from './unit-criterion.ts'
import { allUnits } from './unit-entries.ts'
import { unitNorm } from './unit-norm.ts'

/** How to choose which units are pruned. */
export interface PruneUnitsOptions {
  readonly kind: UnitKind
  /** the share of all units that is to be gone, those pruned before included, from 0 to less than 1; or else `keep` */
  readonly sparsity?: number
  /** how many units are to be left: in all with scope `global`, in each group with `perGroup` */
  readonly keep?: number
  /**
   * `global`, the default: one ranking over all groups, so that some end smaller than others; `perGroup`: each group loses
   * the same share.
   */
  readonly scope?: 'global' | 'perGroup'
  /** `unitNorm(2)` by default, for layers by name: their norms say little */
  readonly criterion?: UnitCriterion
}

/** What became of a group. */
export interface UnitSparsity {
  readonly count: number
  /** in ascending order */
  readonly pruned: readonly number[]
}

interface Scored {
  readonly group: UnitGroup
  readonly scores: Float64Array
  readonly pruned: readonly number[]
}

/**
 * Prunes the units with the lowest scores by masks (layers: by leaving them out), so that the model computes what it would
 * without them; `shrink` then makes it smaller. The best unit of each group stays, whatever its score: a layer needs a
 * head and a neuron. What was pruned before stays pruned. Of equal scores, those that come first go first.
 *
 * @returns by the names of groups
 * @throws RangeError for a number out of its range, or a score that is NaN; then nothing is changed
 * @throws Error if the model declares no units of the kind, or layers come without a criterion
 */
export async function pruneUnits(model: Module, options: PruneUnitsOptions): Promise<Map<string, UnitSparsity>> {
  const { kind, scope = 'global' } = options
  const criterion = options.criterion ?? defaultCriterion(kind)
  const groups = unitGroups(model, kind)
  if (groups.length === 0) throw new Error(`pruneUnits: the model declares no units of kind '${kind}'`)
  const names = new Map([...namedParameters(model)].map(([name, parameter]) => [parameter, name]))
  const scored: Scored[] = []
  for (const group of groups) {
    const scores = await criterion(group, { nameOf: (parameter) => names.get(parameter)! })
    checkScores(scores, group)
    scored.push({ group, scores, pruned: prunedUnits(group) })
  }
  const rankings = scope === 'global' ? [scored] : scored.map((each) => [each])
  maskUnits(model, kind, new Map(rankings.flatMap((each) => lowest(each, options))))
  return new Map(groups.map((group) => [group.name, { count: group.count, pruned: prunedUnits(group) }]))
}

/** The units of some groups that are to go together. */
function lowest(groups: readonly Scored[], options: PruneUnitsOptions): [name: string, units: number[]][] {
  const total = groups.reduce((sum, { group }) => sum + group.count, 0)
  const gone = groups.reduce((sum, { pruned }) => sum + pruned.length, 0)
  const due = Math.max(0, dueOf(total, options) - gone)
  const candidates = groups.flatMap(({ group, scores, pruned }, which) => {
    const left = allUnits(group.count).filter((unit) => !pruned.includes(unit))
    // Of equal ones the last: the first go first.
    const best = left.reduce((a, b) => (scores[b]! >= scores[a]! ? b : a), left[0] ?? -1)
    return left.filter((unit) => unit !== best).map((unit) => ({ which, unit, score: scores[unit]! }))
  })
  const chosen = candidates.sort((a, b) => a.score - b.score).slice(0, due)
  return groups.map(({ group }, which) => [
    group.name,
    chosen.filter((each) => each.which === which).map(({ unit }) => unit),
  ])
}

function dueOf(total: number, { sparsity, keep }: PruneUnitsOptions): number {
  if ((sparsity === undefined) === (keep === undefined)) {
    throw new RangeError('pruneUnits: give either sparsity, the share to prune, or keep, the number to leave')
  }
  if (keep !== undefined) {
    if (Number.isInteger(keep) && keep >= 1 && keep <= total) return total - keep
    throw new RangeError(`pruneUnits: keep must be a whole number from 1 to ${total}, got ${keep}`)
  }
  if (sparsity! >= 0 && sparsity! < 1) return roundHalfToEven(sparsity! * total)
  throw new RangeError(`pruneUnits: sparsity must be a share from 0 to less than 1, got ${sparsity}`)
}

function defaultCriterion(kind: UnitKind): UnitCriterion {
  if (kind !== 'layer') return unitNorm(2)
  throw new Error('pruneUnits: layers need a criterion, `everyOther` or scores of your own; `maskUnits` takes numbers')
}

function checkScores(scores: Float64Array, { name, count }: UnitGroup): void {
  if (scores?.length !== count)
    throw new RangeError(
      `pruneUnits: the criterion gave ${scores?.length ?? 'no'} scores for '${name}' of ${count} units`,
    )
  const wrong = scores.findIndex(Number.isNaN)
  if (wrong >= 0)
    throw new RangeError(`pruneUnits: the score of '${name}' is NaN at unit ${wrong}; are the weights finite?`)
}
