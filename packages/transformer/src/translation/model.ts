import { branch, causalBias, constant, crossEntropy, type Embedding, type Layer, Linear, paddingBias } from '@tlc/nn'
import { cast, equal, key, reshape, ShapeError, slice, sub, type Tensor } from '@tlc/tensor'
import type { NextTokenScorer, SequenceModel } from '../generation/sequence-model.ts'
import { PretrainedModule, type SaveOptions } from '../pretrained/pretrained-module.ts'
import type { PretrainedSource } from '../pretrained/source.ts'
import type { TranslationConfig } from './config.ts'
import { TranslationDecoder } from './decoder.ts'
import { TranslationEmbeddings } from './embeddings.ts'
import { TranslationEncoder } from './encoder.ts'
import { readTranslation, translationFiles } from './files.ts'
import type { EncodedSource, TranslationForwardOptions, TranslationOptions } from './options.ts'
import { part, table } from './parts.ts'
import { CachedScorer } from './scorer.ts'
import { reshapedConfig } from './shape.ts'

/** Sentences and their translations. Padding is at the right, in both. */
export interface TranslationPairs {
  /** i32 `[batch, sourceLength]` */
  readonly source: Tensor
  /** i32 `[batch, targetLength]`, each row from <s> to </s> */
  readonly target: Tensor
}

/** How a loss is computed. */
export interface TranslationLossOptions extends TranslationForwardOptions {
  /** ε: the target gets 1 - ε + ε/V of the probability, every other token ε/V; 0 by default, 0.1 in the paper */
  readonly labelSmoothing?: number | undefined
}

/**
 * The Transformer: an encoder reads the source, and a decoder guesses each token of the target from the source and the
 * tokens before it. One table embeds sources and targets, and its transpose gives the logits.
 *
 * @see Vaswani et al. 2017, figure 1; Press & Wolf 2017 for the tied weight
 */
export class TransformerForTranslation extends PretrainedModule implements SequenceModel {
  readonly #config: TranslationConfig
  readonly words: Embedding
  readonly sourceEmbeddings: TranslationEmbeddings
  readonly encoder: TranslationEncoder
  readonly targetEmbeddings: TranslationEmbeddings
  readonly decoder: TranslationDecoder
  /** `[..., hiddenSize]` to logits `[..., vocabularySize]` */
  readonly projection: Layer

  constructor(options: TranslationOptions) {
    super()
    const { vocabularySize, paddingId } = options.config
    this.#config = options.config
    this.words = table(part(options, 0), vocabularySize, paddingId)
    this.sourceEmbeddings = new TranslationEmbeddings(part(options, 1), this.words)
    this.encoder = new TranslationEncoder(part(options, 2))
    this.targetEmbeddings = new TranslationEmbeddings(part(options, 3), this.words)
    this.decoder = new TranslationDecoder(part(options, 4))
    this.projection = new Linear({ weight: this.words.weight })
  }

  /**
   * The model in a folder, at a URL, or in files, as `savePretrained` makes them.
   *
   * @throws Error saying what is missing, corrupt, or does not fit; all wrong weights at once
   */
  static fromPretrained(source: PretrainedSource): Promise<TransformerForTranslation> {
    return readTranslation(
      source,
      (config) => new TransformerForTranslation({ config, key: key(0), initialize: constant(0) }),
    )
  }

  /** What it is made from or, when it has become smaller, what would make a model of its shape. */
  get config(): TranslationConfig {
    const encoder = this.encoder.layer.map(({ shape }) => shape)
    const decoder = this.decoder.layer.map(({ shape }) => shape)
    return reshapedConfig(this.#config, encoder, decoder)
  }

  encodePretrained(options: SaveOptions = {}): Promise<Map<string, Uint8Array>> {
    return translationFiles(this, options)
  }

  /**
   * @param sourceIds i32 `[batch, length]`
   * @throws ShapeError if the ids are no matrix, or longer than the model's positions
   */
  encode(sourceIds: Tensor, options: TranslationForwardOptions = {}): EncodedSource {
    this.#check(sourceIds, 'source')
    const bias = paddingBias(sub(1, cast(equal(sourceIds, this.#config.paddingId), 'f32'))) // [batch, 1, 1, length]
    const embedded = this.sourceEmbeddings.forward(sourceIds, branch(options, 0))
    const hidden = this.encoder.forward(embedded, { ...options, ...branch(options, 1), bias })
    return { hidden, bias }
  }

  /**
   * What follows each of the tokens, as the decoder sees it.
   *
   * @param targetIds i32 `[batch, length]`, each row from <s> on
   * @returns `[batch, length, hiddenSize]`; `projection` makes logits of it
   * @throws ShapeError if the ids are no matrix, or longer than the model's positions
   */
  decode(targetIds: Tensor, source: EncodedSource, options: TranslationForwardOptions = {}): Tensor {
    this.#check(targetIds, 'target')
    const embedded = this.targetEmbeddings.forward(targetIds, branch(options, 2))
    const bias = causalBias(targetIds.shape[1]!) // [length, length]
    return this.decoder.forward(embedded, source, { ...options, ...branch(options, 3), bias })
  }

  /**
   * Logits of the token after each of the target's.
   *
   * @param sourceIds i32 `[batch, sourceLength]`
   * @param targetIds i32 `[batch, length]`, each row from <s> on
   * @returns `[batch, length, vocabularySize]`
   */
  forward(sourceIds: Tensor, targetIds: Tensor, options: TranslationForwardOptions = {}): Tensor {
    return this.projection.forward(this.decode(targetIds, this.encode(sourceIds, options), options))
  }

  /**
   * -ln p(token | source, tokens before it) with the true tokens before it, the mean over all tokens of the target but
   * <s> and padding, in nats: a scalar.
   */
  loss({ source, target }: TranslationPairs, options: TranslationLossOptions = {}): Tensor {
    const { paddingId, vocabularySize } = this.#config
    const last = target.shape[1]! - 1
    const before = slice(target, [0, 0], [target.shape[0]!, last]) // [batch, length - 1]
    const labels = slice(target, [0, 1]) // [batch, length - 1]
    const logits = this.forward(source, before, options)
    return crossEntropy(reshape(logits, [-1, vocabularySize]), reshape(labels, [-1]), {
      ignoreIndex: paddingId,
      labelSmoothing: options.labelSmoothing ?? 0,
    })
  }

  /**
   * Reads sources to translate them with `greedyDecode`, `sampleDecode` or `beamSearch`.
   *
   * @throws RangeError for a source that is empty, too long, or has ids that are not in the vocabulary
   */
  begin(sources: readonly Int32Array[]): NextTokenScorer {
    return new CachedScorer(this, sources)
  }

  #check(ids: Tensor, name: string): void {
    const { maxLength } = this.#config
    if (ids.dtype === 'i32' && ids.shape.length === 2 && ids.shape[1]! > 0 && ids.shape[1]! <= maxLength) return
    throw new ShapeError(
      `translation: ${name} ids are ${ids}, expected i32[batch, length] with length 1 to ${maxLength}; cut longer texts`,
    )
  }
}
