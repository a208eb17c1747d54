/** The shape of one model. Feed-forward size is 4 x hidden size, head size 16, as `sizeOfModel` fills in. */
export interface ModelSize {
  /** short and unique, like `2Lx64H` */
  readonly name: string
  readonly layers: number
  readonly hiddenSize: number
  readonly heads: number
  readonly feedForwardSize: number
}

/** How every size is pretrained on masked-language modelling. */
export interface Pretraining {
  /** wall-clock time each size gets, in seconds of its calibrated step time */
  readonly budgetSeconds: number
  /** sequences in a step */
  readonly batch: number
  /** tokens in a sequence */
  readonly length: number
  readonly learningRate: number
  /** share of the steps in which the learning rate rises */
  readonly warmUp: number
  /** share of the steps, at the end, in which it falls to 0 */
  readonly coolDown: number
  /** how often the validation loss is measured, evenly in steps */
  readonly evaluations: number
  /** sequences of the fixed validation set */
  readonly validationSequences: number
}

/** How every pretrained size learns the task. */
export interface Finetuning {
  readonly trainExamples: number
  readonly validationExamples: number
  /** tokens; longer texts are cut */
  readonly length: number
  readonly batch: number
  readonly epochs: number
  readonly learningRate: number
  readonly warmUp: number
}

/** The paper's iterative magnitude pruning. */
export interface Pruning {
  /** sparsities, ascending */
  readonly levels: readonly number[]
  /** retraining stops when validation accuracy is at least this share of the original… */
  readonly recover: number
  /** …or after this many epochs */
  readonly epochs: number
  /** how often in an epoch accuracy is checked */
  readonly checksPerEpoch: number
  readonly learningRate: number
}

/** Post-hoc quantization. */
export interface Quantization {
  readonly bits: readonly number[]
  readonly granularity: 'tensor' | 'row'
}

/** A whole study: a plain object, to be edited. */
export interface Study {
  readonly preset: string
  /** a registered data set, or the path of a file */
  readonly data: string
  readonly vocabularySize: number
  readonly models: readonly ModelSize[]
  readonly pretraining: Pretraining
  readonly finetuning: Finetuning
  readonly pruning: Pruning
  readonly quantization: Quantization
}

/** The backends that a study can run on. */
export const studyBackends = ['wasm', 'reference'] as const
export type StudyBackend = (typeof studyBackends)[number]

/** A size by layers and hidden size, with the paper's ratios: feed-forward 4 x hidden, and heads of 16. */
export function modelSize(layers: number, hiddenSize: number): ModelSize {
  return {
    name: `${layers}Lx${hiddenSize}H`,
    layers,
    hiddenSize,
    heads: hiddenSize / 16,
    feedForwardSize: 4 * hiddenSize,
  }
}
