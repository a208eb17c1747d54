import {
  type ActivationName,
  activations,
  branch,
  columnsOf,
  featuresOf,
  type Layer,
  Linear,
  Module,
  Parameter,
  rowsOf,
  type UnitKind,
  type Units,
} from '@tlc/nn'
import { crossEntropy, gather, reshape, type Tensor, zeros } from '@tlc/tensor'
import type { PretrainedSource } from '../pretrained/source.ts'
import { RobertaModel } from './model.ts'
import type { RobertaForwardOptions, RobertaOptions } from './options.ts'
import { dense, norm, part } from './parts.ts'
import { blank, loadAll, type ModelDescription, PretrainedRoberta, readModel } from './pretrained.ts'

/**
 * decoder(LayerNorm(gelu(dense(x)))), where the decoder's weight is that of the word embeddings.
 *
 * @see Devlin et al. 2018, task 1; Press & Wolf 2017 for the tied weight
 */
export class RobertaLMHead extends Module {
  readonly dense: Layer
  readonly layer_norm: Layer
  readonly bias: Parameter
  readonly decoder: Layer
  readonly #activation: ActivationName

  constructor(options: RobertaOptions, wordEmbeddings: Parameter) {
    super()
    const { hiddenSize, vocabularySize, activation } = options.config
    this.dense = dense(options, hiddenSize, hiddenSize)
    this.layer_norm = norm(options)
    this.bias = new Parameter(zeros([vocabularySize]))
    this.decoder = new Linear({ weight: wordEmbeddings, bias: this.bias })
    this.#activation = activation
  }

  /** The tied table is declared by the embeddings. */
  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'hidden') return undefined
    if (this.#activation === 'sigmoid')
      throw new Error(
        'RobertaLMHead: sigmoid makes 1/2 of a feature that is 0, so none can be cut; cut heads and neurons',
      )
    return { slices: [...columnsOf(this.dense), ...rowsOf(this.dense), ...featuresOf(this.layer_norm)] }
  }

  /** @param x `[..., hiddenSize]`; returns logits `[..., vocabularySize]` */
  forward(x: Tensor): Tensor {
    return this.decoder.forward(this.layer_norm.forward(activations[this.#activation](this.dense.forward(x))))
  }
}

/** A batch of text in which some tokens are to be guessed. */
export interface MaskedTokens {
  /** i32 `[batch, length]`, with the tokens to guess replaced */
  readonly ids: Tensor
  /** where they are: i32 `[masked]`, row · length + column */
  readonly positions: Tensor
  /** what they were: i32 `[masked]` */
  readonly targets: Tensor
}

/** RoBERTa or BERT that guesses masked tokens. @see Liu et al. 2019, section 2.2 */
export class RobertaForMaskedLM extends PretrainedRoberta {
  readonly roberta: RobertaModel
  readonly lm_head: RobertaLMHead

  constructor(options: RobertaOptions) {
    super()
    this.roberta = new RobertaModel(part(options, 0))
    this.lm_head = new RobertaLMHead(part(options, 1), this.roberta.embeddings.word_embeddings.weight)
  }

  /**
   * The model in a folder (in Node), at a URL, or in files.
   *
   * @throws Error saying what is missing or corrupt; a `TensorMismatchError` as its cause lists every weight that is unknown, missing or misshapen
   */
  static fromPretrained(source: PretrainedSource): Promise<RobertaForMaskedLM> {
    return readModel(source, ({ config }) => new RobertaForMaskedLM({ config, ...blank }), loadAll)
  }

  override describe(): ModelDescription {
    return { config: this.roberta.config, head: 'ForMaskedLM', labelNames: [] }
  }

  /**
   * Logits of the tokens at the given positions only: the decoder is a large part of a small model's work.
   *
   * @param ids i32 `[batch, length]`
   * @param positions i32 `[masked]`, row · length + column
   * @returns `[masked, vocabularySize]`
   */
  forward(ids: Tensor, positions: Tensor, options: RobertaForwardOptions = {}): Tensor {
    const hidden = this.roberta.forward(ids, { ...options, ...branch(options, 0) }) // [batch, length, hiddenSize]
    const tokens = reshape(hidden, [ids.size, hidden.shape[2]!]) // [batch · length, hiddenSize]
    return this.lm_head.forward(gather(tokens, positions))
  }

  /** -ln softmax(logits) at the targets, the mean over masked tokens, in nats: a scalar. */
  loss({ ids, positions, targets }: MaskedTokens, options: RobertaForwardOptions = {}): Tensor {
    return crossEntropy(this.forward(ids, positions, options), targets)
  }
}
