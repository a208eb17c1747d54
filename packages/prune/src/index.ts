export { clearPruned } from './clear-pruned.ts'
export { collectGradients, type GradientStatistics } from './criteria/collect-gradients.ts'
export type { Criterion, CriterionContext, InputMoments } from './criteria/criterion.ts'
export { customScores } from './criteria/custom-scores.ts'
export { geometricMedian } from './criteria/geometric-median.ts'
export { magnitude } from './criteria/magnitude.ts'
export { random } from './criteria/random.ts'
export { snip } from './criteria/snip.ts'
export { taylor } from './criteria/taylor.ts'
export { wanda } from './criteria/wanda.ts'
export { bakeIn, type Mask, maskOf, removeMask, setMask } from './mask.ts'
export { loadMasks, saveMasks } from './mask-file.ts'
export { maskZeros } from './mask-zeros.ts'
export { aboveThreshold, type Binarizer, topK } from './movement/binarizers.ts'
export { type MovementOptions, MovementPruning } from './movement/movement-pruning.ts'
export { type StraightThroughOptions, StraightThroughPruning } from './movement/straight-through-pruning.ts'
export { type Amount, type PruneRemainingOptions, pruneRemaining } from './prune-remaining.ts'
export { type PruneOptions, pruneToSparsity } from './prune-to-sparsity.ts'
export {
  type AlternatingPhases,
  type AlternatingPruningOptions,
  alternatingPhases,
  alternatingPruning,
} from './schedules/alternating-pruning.ts'
export {
  type IterativePruningOptions,
  iterativeMagnitudePruning,
  type LevelReport,
  paperLevels,
} from './schedules/iterative-magnitude-pruning.ts'
export { type LotteryTicketOptions, lotteryTicket, type TicketReport } from './schedules/lottery-ticket.ts'
export { type PruneOnScheduleOptions, pruneOnSchedule } from './schedules/prune-on-schedule.ts'
export {
  cubicSparsity,
  exponentialSparsity,
  type GradualSparsity,
  linearSparsity,
  type OneShotSparsity,
  oneShotSparsity,
  type SparsitySchedule,
} from './schedules/sparsity-schedules.ts'
export { type Candidate, type Exclusion, prunable, type SelectOptions } from './select.ts'
export { type Bitmask, encodeBitmask, rowOffsets } from './sparse/bitmask.ts'
export { type Block, type BlockRows, encodeBlockRows } from './sparse/block-rows.ts'
export { type BreakEven, type BreakEvenOptions, breakEvenSparsity, type SparsityTimes } from './sparse/break-even.ts'
export { type DeployedLayer, type DeploySparseOptions, deploySparse } from './sparse/deploy-sparse.ts'
export { chooseBlock, SparseLinear, type ToSparseOptions, toSparse } from './sparse/sparse-linear.ts'
export { decodeSparse, type SparseTensor, sparseBytes } from './sparse/sparse-tensor.ts'
export { encodeTwoOfFour, type TwoOfFour } from './sparse/two-of-four.ts'
export { type Sparsity, sparsityOf, type ZeroCount } from './sparsity.ts'
export { type Storage, type StorageCost, storageCost, storageOf } from './storage.ts'
export { blocks } from './structures/blocks.ts'
export { type Budget, type Budgeted, uniformBudget } from './structures/budget.ts'
export { erdosRenyiKernel } from './structures/erdos-renyi.ts'
export { nm } from './structures/nm.ts'
export { lnNorm, type Norm } from './structures/norm.ts'
export type { RankingScope } from './structures/scope.ts'
export { columns, type NormOptions, rows, type SlicesOptions, slices } from './structures/slices.ts'
export type { Scored, Structure } from './structures/structure.ts'
export { unstructured } from './structures/unstructured.ts'
export { everyOther } from './units/every-other.ts'
export { type PruneUnitsOptions, pruneUnits, type UnitSparsity } from './units/prune-units.ts'
export { maskUnits, prunedUnits } from './units/pruned-units.ts'
export { type ShrinkReport, shrink } from './units/shrink.ts'
export type { UnitContext, UnitCriterion } from './units/unit-criterion.ts'
export { type ImportanceOptions, unitImportance } from './units/unit-importance.ts'
export { type NormOrder, unitNorm } from './units/unit-norm.ts'
export { unitSum } from './units/unit-sum.ts'
export { type ExactObsOptions, exactObs } from './updating/exact-obs.ts'
export type { NeighbourPattern } from './updating/pattern.ts'
export {
  type PrunedWeight,
  pruneWithUpdate,
  type UpdateContext,
  type UpdatingPruner,
} from './updating/prune-with-update.ts'
export { type SparseGptOptions, sparseGpt } from './updating/sparse-gpt.ts'
