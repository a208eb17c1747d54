export type { Criterion, CriterionContext } from './criterion.ts'
export {
  type IterativePruningOptions,
  iterativeMagnitudePruning,
  type LevelReport,
  paperLevels,
} from './iterative-magnitude-pruning.ts'
export { magnitude } from './magnitude.ts'
export { bakeIn, type Mask, maskOf, removeMask, setMask } from './mask.ts'
export { loadMasks, saveMasks } from './mask-file.ts'
export { type PruneOptions, pruneToSparsity } from './prune-to-sparsity.ts'
export { type Candidate, prunable, type SelectOptions } from './select.ts'
export { type Sparsity, sparsityOf, type ZeroCount } from './sparsity.ts'
export { type Storage, type StorageCost, storageCost, storageOf } from './storage.ts'
export type { Scored, Structure } from './structure.ts'
export { everyOther } from './units/every-other.ts'
export { type PruneUnitsOptions, pruneUnits, type UnitSparsity } from './units/prune-units.ts'
export { maskUnits, prunedUnits } from './units/pruned-units.ts'
export { type ShrinkReport, shrink } from './units/shrink.ts'
export type { UnitContext, UnitCriterion } from './units/unit-criterion.ts'
export { type ImportanceOptions, unitImportance } from './units/unit-importance.ts'
export { type NormOrder, unitNorm } from './units/unit-norm.ts'
export { unitSum } from './units/unit-sum.ts'
export { unstructured } from './unstructured.ts'
