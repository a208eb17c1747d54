import { branch, columnsOf, Dropout, type ForwardOptions, type Layer, Module, type UnitKind, type Units } from '@tlc/nn'
import { crossEntropy, type Tensor, tanh } from '@tlc/tensor'
import type { PretrainedSource } from '../pretrained/source.ts'
import {
  type ClassifierOptions,
  classifierLoad,
  classifierOptions,
  type FreshHead,
  labelNamesOf,
} from './classifier-options.ts'
import { RobertaModel } from './model.ts'
import type { RobertaForwardOptions, RobertaOptions } from './options.ts'
import { dense, part } from './parts.ts'
import { poolTokens, tokenMask } from './pooling.ts'
import { type ModelDescription, PretrainedRoberta, readModel } from './pretrained.ts'

/**
 * out_proj(dropout(tanh(dense(dropout(x))))), x the vector of a text, that of <s>; in BERT without the inner dropout.
 *
 * @see Devlin et al. 2018, section 4.1
 */
export class RobertaClassificationHead extends Module {
  readonly dense: Layer
  readonly out_proj: Layer
  readonly dropout: Dropout
  readonly #dropsFirst: boolean

  constructor(options: RobertaOptions, labels: number) {
    super()
    const { hiddenSize, originalHiddenSize = hiddenSize, dropout } = options.config
    this.dense = dense(part(options, 0), hiddenSize, originalHiddenSize)
    this.out_proj = dense(part(options, 1), originalHiddenSize, labels)
    this.dropout = new Dropout(dropout)
    this.#dropsFirst = options.config.family !== 'bert'
  }

  override units(kind: UnitKind): Units | undefined {
    return kind === 'hidden' ? { slices: columnsOf(this.dense) } : undefined
  }

  /** @param texts `[batch, hiddenSize]`; returns logits `[batch, labels]` */
  forward(texts: Tensor, options: ForwardOptions = {}): Tensor {
    const given = this.#dropsFirst ? this.dropout.forward(texts, branch(options, 0)) : texts
    const summary = tanh(this.dense.forward(given))
    return this.out_proj.forward(this.dropout.forward(summary, branch(options, 1)))
  }
}

/** Texts and their classes. */
export interface LabelledTexts {
  /** i32 `[batch, length]`, each beginning with <s> */
  readonly ids: Tensor
  /** i32 `[batch]`, 0..labels-1 */
  readonly labels: Tensor
}

/** RoBERTa or BERT that tells to which class a text, or a pair of texts, belongs. @see Liu et al. 2019, section 5.1 */
export class RobertaForSequenceClassification extends PretrainedRoberta {
  readonly roberta: RobertaModel
  readonly classifier: RobertaClassificationHead
  readonly labels: number
  readonly labelNames: readonly string[]

  /** @throws RangeError unless there are two labels or more, of different names */
  constructor(options: ClassifierOptions) {
    super()
    this.labelNames = labelNamesOf(options.labels)
    this.labels = this.labelNames.length
    this.roberta = new RobertaModel(part(options, 0))
    this.classifier = new RobertaClassificationHead(part(options, 1), this.labels)
  }

  /**
   * The model in a folder (in Node), at a URL, or in files.
   *
   * @param fresh takes the encoder alone and begins with a new head; without it the checkpoint must have this head
   * @throws Error saying what is missing or corrupt; a `TensorMismatchError` as its cause lists every weight that is unknown, missing or misshapen
   */
  static fromPretrained(source: PretrainedSource, fresh?: FreshHead): Promise<RobertaForSequenceClassification> {
    return readModel(
      source,
      (read) => new RobertaForSequenceClassification(classifierOptions(read, fresh)),
      classifierLoad(fresh),
    )
  }

  override describe(): ModelDescription {
    return { config: this.roberta.config, head: 'ForSequenceClassification', labelNames: this.labelNames }
  }

  /** @param ids i32 `[batch, length]`; returns logits `[batch, labels]` */
  forward(ids: Tensor, options: RobertaForwardOptions = {}): Tensor {
    const hidden = this.roberta.forward(ids, { ...options, ...branch(options, 0) })
    const { config } = this.roberta
    const texts = poolTokens(hidden, tokenMask(ids, config, options), config.pooling) // [batch, hiddenSize]
    return this.classifier.forward(texts, branch(options, 1))
  }

  /** -ln softmax(logits) at the labels, the mean over the batch, in nats: a scalar. */
  loss({ ids, labels }: LabelledTexts, options: RobertaForwardOptions = {}): Tensor {
    return crossEntropy(this.forward(ids, options), labels)
  }
}
