import { branch, Dropout, type ForwardOptions, type Layer, Module } from '@tlc/nn'
import { crossEntropy, reshape, slice, type Tensor, tanh } from '@tlc/tensor'
import { RobertaModel } from './model.ts'
import type { RobertaForwardOptions, RobertaOptions } from './options.ts'
import { dense, part } from './parts.ts'

/** out_proj(dropout(tanh(dense(dropout(x))))), x the vector of <s>. @see Devlin et al. 2018, section 4.1 */
export class RobertaClassificationHead extends Module {
  readonly dense: Layer
  readonly out_proj: Layer
  readonly dropout: Dropout

  constructor(options: RobertaOptions, labels: number) {
    super()
    const { hiddenSize, dropout } = options.config
    this.dense = dense(part(options, 0), hiddenSize, hiddenSize)
    this.out_proj = dense(part(options, 1), hiddenSize, labels)
    this.dropout = new Dropout(dropout)
  }

  /** @param hidden `[batch, length, hiddenSize]`; returns logits `[batch, labels]` */
  forward(hidden: Tensor, options: ForwardOptions = {}): Tensor {
    const [batch, , size] = hidden.shape
    const first = reshape(slice(hidden, [0, 0], [batch!, 1]), [batch!, size!]) // [batch, hiddenSize]
    const summary = tanh(this.dense.forward(this.dropout.forward(first, branch(options, 0))))
    return this.out_proj.forward(this.dropout.forward(summary, branch(options, 1)))
  }
}

export interface ClassifierOptions extends RobertaOptions {
  /** how many classes there are */
  readonly labels: number
}

/** Texts and their classes. */
export interface LabelledTexts {
  /** i32 `[batch, length]`, each beginning with <s> */
  readonly ids: Tensor
  /** i32 `[batch]`, 0..labels-1 */
  readonly labels: Tensor
}

/** RoBERTa that tells to which class a text belongs. @see Liu et al. 2019, section 5.1 */
export class RobertaForSequenceClassification extends Module {
  readonly roberta: RobertaModel
  readonly classifier: RobertaClassificationHead
  readonly labels: number

  /** @throws RangeError unless there are two labels or more */
  constructor(options: ClassifierOptions) {
    super()
    const { labels } = options
    if (!(Number.isInteger(labels) && labels >= 2))
      throw new RangeError(`RoBERTa: labels must be a whole number >= 2, got ${labels}`)
    this.labels = labels
    this.roberta = new RobertaModel(part(options, 0))
    this.classifier = new RobertaClassificationHead(part(options, 1), labels)
  }

  /** @param ids i32 `[batch, length]`; returns logits `[batch, labels]` */
  forward(ids: Tensor, options: RobertaForwardOptions = {}): Tensor {
    const hidden = this.roberta.forward(ids, { ...options, ...branch(options, 0) })
    return this.classifier.forward(hidden, branch(options, 1))
  }

  /** -ln softmax(logits) at the labels, the mean over the batch, in nats: a scalar. */
  loss({ ids, labels }: LabelledTexts, options: RobertaForwardOptions = {}): Tensor {
    return crossEntropy(this.forward(ids, options), labels)
  }
}
