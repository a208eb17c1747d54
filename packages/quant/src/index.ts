export type { Artefact, Lineage } from './artefact/artefact.ts'
export { readArtefact, saveArtefact } from './artefact/file.ts'
export { formatLedger } from './artefact/format-ledger.ts'
export type { FormName } from './artefact/forms/form.ts'
export { gzipBytes } from './artefact/gzip-bytes.ts'
export { codeLengths } from './artefact/huffman/code-lengths.ts'
export { HuffmanDecoder } from './artefact/huffman/decoder.ts'
export { encodeHuffman } from './artefact/huffman/encode.ts'
export type { Layout, LayoutOptions } from './artefact/layout.ts'
export type { Ledger, LedgerRow } from './artefact/ledger.ts'
export type { PartName } from './artefact/parts.ts'
export { readLedger } from './artefact/read-ledger.ts'
export { decodeArtefact, loadArtefact, useArtefact } from './artefact/use-artefact.ts'
export { codeBits, decode, keepsZeros, payloadBytes } from './decode.ts'
export { type AwqOptions, type AwqScales, awq, searchScales } from './input-scales/awq.ts'
export { clipWeights } from './input-scales/clip-weights.ts'
export { type InputScaleOptions, ScaledInput } from './input-scales/input-scales.ts'
export { type SmoothQuantOptions, smoothQuant } from './input-scales/smooth-quant.ts'
export type { ReplacementOptions } from './layers/encode-modules.ts'
export { QuantizedEmbedding, toQuantizedEmbedding } from './layers/quantized-embedding.ts'
export { QuantizedLinear, toQuantizedLinear } from './layers/quantized-linear.ts'
export { toWeightOnlyLinear, WeightOnlyLinear } from './layers/weight-only-linear.ts'
export { type AllocateOptions, allocateBits, type BitChoice } from './mixed-bits/allocate-bits.ts'
export { bitSensitivities, type SensitivityOptions } from './mixed-bits/bit-sensitivities.ts'
export { packCodes, packedBytes, unpackCodes } from './pack.ts'
export { quantizable, type SelectOptions } from './quantizable.ts'
export {
  type ModelAffineOptions,
  type QuantizedModel,
  type QuantizeOptions,
  quantizeModel,
  type SchemeChoice,
} from './quantize-model.ts'
export { histogram } from './ranges/histogram.ts'
export { type MeanSquaredErrorOptions, meanSquaredError } from './ranges/mean-squared-error.ts'
export { minMax } from './ranges/min-max.ts'
export { movingAverage } from './ranges/moving-average.ts'
export { percentile } from './ranges/percentile.ts'
export type { Range, RangeObserver, RangeRule, RangeTarget } from './ranges/range-rule.ts'
export { type GptqOptions, gptq, gptqScheme } from './rounding/gptq.ts'
export { type ModelRounding, nearest, type Rounding } from './rounding/rounding.ts'
export { stochastic } from './rounding/stochastic.ts'
export type { Encoded, PlainTensor, Scheme, SchemeName } from './scheme.ts'
export {
  type AffineCodes,
  type AffineFormat,
  type AffineOptions,
  affine,
  decodeAffine,
} from './schemes/affine/affine.ts'
export type { Granularity } from './schemes/affine/granularity.ts'
export { type Grid, type GridName, type GridValues, grids } from './schemes/affine/grid.ts'
export {
  type BlockFormat,
  blockFormats,
  decodeLlamaBlocks,
  type LlamaBlock,
  type LlamaBlocks,
  llamaBlocks,
} from './schemes/blocks/llama-blocks.ts'
export { type CodebookCodes, type CodebookOptions, codebook, decodeCodebook } from './schemes/codebook.ts'
export { type DoubledScales, decodeScales } from './schemes/double-quantization.ts'
export {
  decodeFourBitFloat,
  type FourBitFloat,
  type FourBitFloatCodes,
  type FourBitFloatOptions,
  fourBitFloats,
  fp4,
  nf4,
} from './schemes/four-bit-float.ts'
export { type HqqOptions, hqq } from './schemes/hqq.ts'
export { decodeTernary, type TernaryCodes, type TernaryOptions, ternary } from './schemes/ternary.ts'
export { type TunableCodebook, tuneCodebook } from './training/codebook-tuning.ts'
export {
  type FakeQuantizeOptions,
  fakeQuantize,
  fakeQuantizeOnGrid,
  type GridOnDevice,
  type TrainableGrid,
} from './training/fake-quantize.ts'
export { type LearnedStepOptions, learnedStepQuantize } from './training/learned-step.ts'
export {
  type NoiseOptions,
  type PreparedModel,
  type PrepareOptions,
  prepareForQuantization,
} from './training/prepare.ts'
export { type QuantNoiseOptions, quantNoise } from './training/quant-noise.ts'
export { type InputOptions, QuantizedInput, quantizeInputs } from './training/quantized-input.ts'
export { combineErrors, errorsByType, type WeightError, weightError } from './weight-error.ts'
