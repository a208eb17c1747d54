export { RobertaAttention, RobertaSelfAttention } from './attention.ts'
export {
  type ClassifierOptions,
  type LabelledTexts,
  RobertaClassificationHead,
  RobertaForSequenceClassification,
} from './classification.ts'
export { type RobertaConfig, type RobertaSizes, robertaConfig } from './config.ts'
export { positionIds, RobertaEmbeddings } from './embeddings.ts'
export { RobertaEncoder, RobertaIntermediate, RobertaLayer } from './encoder.ts'
export { decodeRoberta, encodeRoberta, type PretrainedRoberta, type RobertaWithHead } from './files.ts'
export { type ParameterCounts, parameterCounts, trainingFlops } from './flops.ts'
export { fromHuggingFaceConfig, type HuggingFaceConfig, toHuggingFaceConfig } from './hugging-face-config.ts'
export { type MaskedTokens, RobertaForMaskedLM, RobertaLMHead } from './masked-lm.ts'
export { RobertaModel } from './model.ts'
export type { EncoderForwardOptions, RobertaForwardOptions, RobertaOptions } from './options.ts'
export { paperGrid } from './paper-grid.ts'
export { ResidualOutput, type Sublayer } from './residual.ts'
