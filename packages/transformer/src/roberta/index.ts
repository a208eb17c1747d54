export { nameInFile } from './architecture.ts'
export { RobertaAttention, RobertaSelfAttention } from './attention.ts'
export { type LabelledTexts, RobertaClassificationHead, RobertaForSequenceClassification } from './classification.ts'
export type { ClassifierOptions, FreshHead } from './classifier-options.ts'
export {
  type Family,
  type Pooling,
  type RobertaConfig,
  type RobertaSizes,
  robertaConfig,
  type Sharing,
} from './config.ts'
export { positionIds, RobertaEmbeddings } from './embeddings.ts'
export { RobertaEncoder, RobertaIntermediate, RobertaLayer } from './encoder.ts'
export { type ParameterCounts, parameterCounts, trainingFlops } from './flops.ts'
export { fromHuggingFaceConfig, type HuggingFaceConfig, toHuggingFaceConfig } from './hugging-face-config.ts'
export { type MaskedTokens, RobertaForMaskedLM, RobertaLMHead } from './masked-lm.ts'
export { RobertaModel } from './model.ts'
export { lookAtNeighbours } from './neighbour-attention.ts'
export type { EncoderForwardOptions, RobertaForwardOptions, RobertaOptions } from './options.ts'
export { type ModelGrid, paperGrid, scaledGrids, type Tier } from './paper-grid.ts'
export { PretrainedRoberta } from './pretrained.ts'
export { ResidualOutput, type Sublayer } from './residual.ts'
export { type SentenceEmbeddingOptions, sentenceEmbeddings } from './sentence-embeddings.ts'
export { type LabelledTokens, RobertaForTokenClassification } from './token-classification.ts'
