export type { Criterion, CriterionContext } from './criterion.ts'
export { type ExactObsOptions, exactObs } from './exact-obs.ts'
export {
  type IterativePruningOptions,
  iterativeMagnitudePruning,
  type LevelReport,
  paperLevels,
} from './iterative-magnitude-pruning.ts'
export { magnitude } from './magnitude.ts'
export { bakeIn, type Mask, maskOf, removeMask, setMask } from './mask.ts'
export { loadMasks, saveMasks } from './mask-file.ts'
export type { NeighbourPattern } from './pattern.ts'
export { type PruneOptions, pruneToSparsity } from './prune-to-sparsity.ts'
export {
  type PrunedWeight,
  pruneWithUpdate,
  type UpdateContext,
  type UpdatingPruner,
} from './prune-with-update.ts'
export { type Candidate, prunable, type SelectOptions } from './select.ts'
export { type SparseGptOptions, sparseGpt } from './sparse-gpt.ts'
export { type Sparsity, sparsityOf, type ZeroCount } from './sparsity.ts'
export { type Storage, type StorageCost, storageCost, storageOf } from './storage.ts'
export type { Scored, Structure } from './structure.ts'
export { unstructured } from './unstructured.ts'
