export { type AffineCodes, type AffineFormat, type AffineOptions, affine, decodeAffine } from './affine.ts'
export { readArtefact, saveArtefact } from './artefact-file.ts'
export type { Granularity } from './granularity.ts'
export { type Grid, type GridName, type GridValues, grids } from './grid.ts'
export type { ReplacementOptions } from './layers/encode-modules.ts'
export { QuantizedEmbedding, toQuantizedEmbedding } from './layers/quantized-embedding.ts'
export { QuantizedLinear, toQuantizedLinear } from './layers/quantized-linear.ts'
export { toWeightOnlyLinear, WeightOnlyLinear } from './layers/weight-only-linear.ts'
export type { Ledger, LedgerRow } from './ledger.ts'
export { packCodes, packedBytes, unpackCodes } from './pack.ts'
export { fromParts, type Parts, toParts } from './parts.ts'
export {
  type Artefact,
  type PlainTensor,
  type QuantizedModel,
  type QuantizeOptions,
  quantizeModel,
} from './quantize-model.ts'
export { nearest, type Rounding } from './rounding.ts'
export type { Scheme } from './scheme.ts'
export { decodeArtefact, loadArtefact, useArtefact } from './use-artefact.ts'
export { combineErrors, errorsByType, type WeightError, weightError } from './weight-error.ts'
