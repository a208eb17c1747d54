import type { NoParameters } from '../primitives.ts'
import { type AdamWParameters, adamwStep } from './adamw-step.ts'
import { appendRows } from './append-rows.ts'
import { type AttentionParameters, attention, attentionGrad } from './attention.ts'
import type { Composite } from './composite.ts'
import { type CrossEntropyParameters, crossEntropy, crossEntropyGrad } from './cross-entropy.ts'
import { type DropoutParameters, dropout } from './dropout.ts'
import { type EmbeddingGradParameters, type EmbeddingParameters, embedding, embeddingGrad } from './embedding.ts'
import { gelu, geluGrad } from './gelu.ts'
import { globalNorm } from './global-norm.ts'
import { type LayerNormParameters, layerNorm, layerNormGrad } from './layer-norm.ts'
import { linear } from './linear.ts'
import { quantizedLinear } from './quantized-linear.ts'
import { logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from './softmax.ts'
import { sparseLinear } from './sparse-linear.ts'
import { type TopKParameters, topK } from './top-k.ts'
import {
  type PackedWeights,
  type QuantizedEmbeddingParameters,
  quantizedEmbedding,
  weightOnlyLinear,
} from './weight-only.ts'

export type { Composite } from './composite.ts'

/** Every composite that a backend may have a kernel of its own for, and its parameters. */
export interface Composites {
  linear: NoParameters
  softmax: NoParameters
  softmaxGrad: NoParameters
  logSoftmax: NoParameters
  logSoftmaxGrad: NoParameters
  gelu: NoParameters
  geluGrad: NoParameters
  layerNorm: LayerNormParameters
  layerNormGrad: NoParameters
  attention: AttentionParameters
  attentionGrad: AttentionParameters
  crossEntropy: CrossEntropyParameters
  crossEntropyGrad: CrossEntropyParameters
  dropout: DropoutParameters
  embedding: EmbeddingParameters
  embeddingGrad: EmbeddingGradParameters
  adamwStep: AdamWParameters
  globalNorm: NoParameters
  topK: TopKParameters
  appendRows: NoParameters
  sparseLinear: NoParameters
  quantizedLinear: NoParameters
  weightOnlyLinear: PackedWeights
  quantizedEmbedding: QuantizedEmbeddingParameters
}

/** The meaning of each. */
export const composites: { readonly [C in keyof Composites]: Composite<Composites[C]> } = {
  linear,
  softmax,
  softmaxGrad,
  logSoftmax,
  logSoftmaxGrad,
  gelu,
  geluGrad,
  layerNorm,
  layerNormGrad,
  attention,
  attentionGrad,
  crossEntropy,
  crossEntropyGrad,
  dropout,
  embedding,
  embeddingGrad,
  adamwStep,
  globalNorm,
  topK,
  appendRows,
  sparseLinear,
  quantizedLinear,
  weightOnlyLinear,
  quantizedEmbedding,
}
