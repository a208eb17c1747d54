import { Embedding, LayerNorm, Linear, truncatedNormal } from '@tlc/nn'
import { foldIn } from '@tlc/tensor'
import type { RobertaOptions } from './options.ts'

/** The options of a part of a model: a key of its own. */
export function part(options: RobertaOptions, number: number): RobertaOptions {
  return { ...options, key: foldIn(options.key, number) }
}

/** `[..., inputSize]` to `[..., outputSize]`, with RoBERTa's initializer. */
export function dense(options: RobertaOptions, inputSize: number, outputSize: number): Linear {
  return new Linear({ inputSize, outputSize, key: options.key, initialize: initializerOf(options) })
}

/** A table `[count, hiddenSize]` with RoBERTa's initializer. */
export function table(options: RobertaOptions, count: number, paddingIndex?: number): Embedding {
  const padding = paddingIndex === undefined ? {} : { paddingIndex }
  return new Embedding({
    count,
    size: options.config.hiddenSize,
    key: options.key,
    initialize: initializerOf(options),
    ...padding,
  })
}

/** A layer normalization of hidden states. */
export function norm({ config }: RobertaOptions): LayerNorm {
  const { hiddenSize, originalHiddenSize = hiddenSize, layerNormEpsilon } = config
  return new LayerNorm({ size: hiddenSize, originalSize: originalHiddenSize, epsilon: layerNormEpsilon })
}

function initializerOf({ config, initialize }: RobertaOptions) {
  return initialize ?? truncatedNormal(config.initializerRange)
}
