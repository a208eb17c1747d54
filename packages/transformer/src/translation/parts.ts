import { Embedding, LayerNorm, Linear, MultiHeadAttention, truncatedNormal } from '@tlc/nn'
import { foldIn } from '@tlc/tensor'
import type { TranslationOptions } from './options.ts'

/** The options of a part of a model: a key of its own. */
export function part(options: TranslationOptions, number: number): TranslationOptions {
  return { ...options, key: foldIn(options.key, number) }
}

/** `[..., inputSize]` to `[..., outputSize]`. */
export function dense({ key, initialize }: TranslationOptions, inputSize: number, outputSize: number): Linear {
  return new Linear({ inputSize, outputSize, key, ...(initialize && { initialize }) })
}

/** So many heads that attend, and the projections around them. */
export function heads({ config, key, initialize }: TranslationOptions, count: number): MultiHeadAttention {
  return new MultiHeadAttention({
    size: config.hiddenSize,
    heads: count,
    headSize: config.hiddenSize / config.heads,
    dropoutRate: config.attentionDropout,
    key,
    ...(initialize && { initialize }),
  })
}

/** A table `[count, hiddenSize]`. Its rows have length 1, about, so that they are √hiddenSize as inputs. */
export function table(
  { config, key, initialize }: TranslationOptions,
  count: number,
  paddingIndex?: number,
): Embedding {
  return new Embedding({
    count,
    size: config.hiddenSize,
    key,
    initialize: initialize ?? truncatedNormal(1 / Math.sqrt(config.hiddenSize)),
    ...(paddingIndex !== undefined && { paddingIndex }),
  })
}

/** A layer normalization of hidden states. */
export function norm({ config }: TranslationOptions): LayerNorm {
  return new LayerNorm({ size: config.hiddenSize, epsilon: config.layerNormEpsilon })
}
