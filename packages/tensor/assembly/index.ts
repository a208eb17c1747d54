/*
 * What the module exports. Files that also have helpers for inlining name their kernels: such helpers are exported only
 * because tools that read these files as TypeScript accept a decorator before `export` alone.
 */
export { adamwStep } from './adamw-step'
export { appendRows } from './append-rows'
export { leastArena, setArena } from './arena'
export { attention, attentionArena, attentionGrad } from './attention'
export * from './cast'
export { copyBytes, copyRows, fill, repeatBytes, repeatHalves, repeatWords } from './copy'
export { crossEntropy, crossEntropyGrad } from './cross-entropy'
export * from './elementwise'
export { gelu, geluGrad } from './gelu'
export * from './global-norm'
export * from './indexing'
export * from './indices'
export { layerNorm, layerNormGrad } from './layer-norm'
export * from './matmul'
export * from './memory'
export {
  orderedLength,
  orderRows,
  packedArena,
  packedEmbedding,
  packedProduct,
  packedVector,
} from './packed'
export * from './pairwise'
export { productArena } from './product'
export { dropout, randomBits } from './random'
export {
  maxColumns,
  maxRows,
  maxSignedColumns,
  maxSignedRows,
  maxUnsignedColumns,
  maxUnsignedRows,
  sumColumns,
  sumIntegerColumns,
  sumIntegerRows,
  sumRows,
} from './reduction'
export { logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from './softmax'
export { sparseLinear } from './sparse-linear'
export { sparseVector } from './sparse-vector'
export { setTile } from './tile'
export { topK } from './top-k'
export { transposeArena, transposeBytes, transposeHalves, transposeWords } from './transpose'
export * from './where'
export { paddedLength, quantizeRows, wholeProduct } from './whole'
export { packWholeRows, wholeArena, wholePanelCount, wholePanels } from './whole-panels'
