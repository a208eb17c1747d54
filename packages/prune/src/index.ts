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
export { type Bitmask, encodeBitmask, rowOffsets } from './sparse/bitmask.ts'
export { type Block, type BlockRows, encodeBlockRows } from './sparse/block-rows.ts'
export { type BreakEven, type BreakEvenOptions, breakEvenSparsity, type SparsityTimes } from './sparse/break-even.ts'
export { type DeployedLayer, type DeploySparseOptions, deploySparse } from './sparse/deploy-sparse.ts'
export { chooseBlock, SparseLinear, type ToSparseOptions, toSparse } from './sparse/sparse-linear.ts'
export { decodeSparse, type SparseTensor, sparseBytes } from './sparse/sparse-tensor.ts'
export { encodeTwoOfFour, type TwoOfFour } from './sparse/two-of-four.ts'
export { type Sparsity, sparsityOf, type ZeroCount } from './sparsity.ts'
export { type Storage, type StorageCost, storageCost, storageOf } from './storage.ts'
export type { Scored, Structure } from './structure.ts'
export { unstructured } from './unstructured.ts'
