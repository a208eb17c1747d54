export { type AffineCodes, type AffineFormat, type AffineOptions, affine, decodeAffine } from './affine.ts'
export { readArtefact, saveArtefact } from './artefact-file.ts'
export { type AwqOptions, type AwqScales, awq, searchScales } from './awq.ts'
export { clipWeights } from './clip-weights.ts'
export { type GptqOptions, gptq, gptqScheme } from './gptq.ts'
export type { Granularity } from './granularity.ts'
export { type Grid, type GridName, type GridValues, grids } from './grid.ts'
export { type InputScaleOptions, ScaledInput } from './input-scales.ts'
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
export type { RangeFitName } from './range-fit.ts'
export { type ModelRounding, nearest, type Rounding } from './rounding.ts'
export type { Scheme } from './scheme.ts'
export { type SmoothQuantOptions, smoothQuant } from './smooth-quant.ts'
export { decodeArtefact, loadArtefact, useArtefact } from './use-artefact.ts'
export { combineErrors, errorsByType, type WeightError, weightError } from './weight-error.ts'
