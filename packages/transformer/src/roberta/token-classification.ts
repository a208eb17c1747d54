import { branch, columnsOf, Dropout, type Layer, type UnitKind, type Units } from '@tlc/nn'
import { crossEntropy, reshape, type Tensor } from '@tlc/tensor'
import type { PretrainedSource } from '../pretrained/source.ts'
import {
  type ClassifierOptions,
  classifierLoad,
  classifierOptions,
  type FreshHead,
  labelNamesOf,
} from './classifier-options.ts'
import { RobertaModel } from './model.ts'
import type { RobertaForwardOptions } from './options.ts'
import { dense, part } from './parts.ts'
import { type ModelDescription, PretrainedRoberta, readModel } from './pretrained.ts'

/** Texts and the classes of their tokens. */
export interface LabelledTokens {
  /** i32 `[batch, length]` */
  readonly ids: Tensor
  /** i32 `[batch, length]`, 0..labels-1, or -100 where a token has none, like padding */
  readonly labels: Tensor
}

/** RoBERTa or BERT that tells the class of each token: W dropout(x) + b. @see Devlin et al. 2018, section 5.3 */
export class RobertaForTokenClassification extends PretrainedRoberta {
  readonly roberta: RobertaModel
  readonly dropout: Dropout
  readonly classifier: Layer
  readonly labels: number
  readonly labelNames: readonly string[]

  /** @throws RangeError unless there are two labels or more, of different names */
  constructor(options: ClassifierOptions) {
    super()
    const { hiddenSize, dropout } = options.config
    this.labelNames = labelNamesOf(options.labels)
    this.labels = this.labelNames.length
    this.roberta = new RobertaModel(part(options, 0))
    this.dropout = new Dropout(dropout)
    this.classifier = dense(part(options, 1), hiddenSize, this.labels)
  }

  /**
   * The model in a folder (in Node), at a URL, or in files.
   *
   * @param fresh takes the encoder alone and begins with a new head; without it the checkpoint must have this head
   * @throws Error saying what is missing or corrupt; a `TensorMismatchError` as its cause lists every weight that is unknown, missing or misshapen
   */
  static fromPretrained(source: PretrainedSource, fresh?: FreshHead): Promise<RobertaForTokenClassification> {
    return readModel(
      source,
      (read) => new RobertaForTokenClassification(classifierOptions(read, fresh)),
      classifierLoad(fresh),
    )
  }

  override units(kind: UnitKind): Units | undefined {
    return kind === 'hidden' ? { slices: columnsOf(this.classifier) } : undefined
  }

  override describe(): ModelDescription {
    return { config: this.roberta.config, head: 'ForTokenClassification', labelNames: this.labelNames }
  }

  /** @param ids i32 `[batch, length]`; returns logits `[batch, length, labels]` */
  forward(ids: Tensor, options: RobertaForwardOptions = {}): Tensor {
    const hidden = this.roberta.forward(ids, { ...options, ...branch(options, 0) })
    return this.classifier.forward(this.dropout.forward(hidden, branch(options, 1)))
  }

  /** -ln softmax(logits) at the labels, the mean over tokens that have one, in nats: a scalar. */
  loss({ ids, labels }: LabelledTokens, options: RobertaForwardOptions = {}): Tensor {
    const logits = reshape(this.forward(ids, options), [ids.size, this.labels]) // [batch · length, labels]
    return crossEntropy(logits, reshape(labels, [ids.size]))
  }
}
