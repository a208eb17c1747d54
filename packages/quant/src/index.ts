export { type AffineCodes, type AffineFormat, type AffineOptions, affine, decodeAffine } from './affine.ts'
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
export { decodeArtefact, loadArtefact, useArtefact } from './artefact/use-artefact.ts'
export { codeBits, decode, keepsZeros, payloadBytes } from './decode.ts'
export type { Granularity } from './granularity.ts'
export { type Grid, type GridName, type GridValues, grids } from './grid.ts'
export { packCodes, packedBytes, unpackCodes } from './pack.ts'
export {
  type QuantizedModel,
  type QuantizeOptions,
  quantizeModel,
  type SchemeChoice,
  type SelectOptions,
} from './quantize-model.ts'
export { minMax } from './ranges/min-max.ts'
export type { Range, RangeObserver, RangeRule, RangeTarget } from './ranges/range-rule.ts'
export { nearest, type Rounding } from './rounding.ts'
export type { Encoded, PlainTensor, Scheme, SchemeName } from './scheme.ts'
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
export { decodeTernary, type TernaryCodes, type TernaryOptions, ternary } from './schemes/ternary.ts'
export { stochastic } from './stochastic-rounding.ts'
export { combineErrors, errorsByType, type WeightError, weightError } from './weight-error.ts'
