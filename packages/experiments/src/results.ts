import type { Interval } from './statistics/interval.ts'

/**
 * Everything a study measured: the one object behind `results.json`, the figures and the verdicts. Plain data, so that
 * whoever wants another figure needs nothing but the file.
 */
export interface StudyResults extends Measurements {
  readonly hypotheses: readonly Verdict[]
}

/** The results before any hypothesis is judged. */
export interface Measurements {
  /** version of this shape */
  readonly format: 1
  readonly study: StudyIdentity
  readonly environment: Environment
  readonly data: StudyData
  readonly task: Task
  /** from the smallest to the largest */
  readonly models: readonly ModelSize[]
  readonly curves: readonly CurvePoint[]
  readonly fineTuning: readonly FineTuning[]
  /** one point of each model is its uncompressed self: sparsity 0, bits 32 */
  readonly compression: readonly CompressionPoint[]
  readonly errors: readonly ModuleError[]
}

export interface StudyIdentity {
  readonly name: string
  readonly preset: string
  readonly seed: number
  /** the command that repeats it */
  readonly command: string
  /** ISO 8601 */
  readonly finishedAt: string
  /** wall-clock time of the whole study, all interruptions left out */
  readonly seconds: number
  /** training time given to each model: steps × its calibrated step time */
  readonly trainingSeconds: number
}

/** What the numbers depend on besides the seed. */
export interface Environment {
  readonly backend: string
  readonly threads: number
  readonly node: string
  readonly platform: string
  readonly processor: string
  readonly cores: number
  /** version of @tlc/experiments */
  readonly version: string
}

export interface StudyData {
  readonly name: string
  /** pins the text: a version or a hash */
  readonly revision: string
  readonly trainingTokens: number
  readonly validationTokens: number
  readonly vocabularySize: number
}

/** The classification task that models are fine-tuned and compressed on. */
export interface Task {
  readonly name: string
  readonly classes: number
  readonly trainingItems: number
  /** evaluation items, the same for every accuracy of the study */
  readonly items: number
  /** accuracy of always answering the most frequent class, from 0 to 1 */
  readonly majorityAccuracy: number
}

export interface ModelSize {
  readonly name: string
  readonly layers: number
  readonly hiddenSize: number
  readonly heads: number
  readonly feedForwardSize: number
  readonly parameters: number
  /** without token and position embeddings */
  readonly parametersWithoutEmbeddings: number
  /** of the fine-tuned model in 32-bit floats */
  readonly bytes: number
  /** sequences × length */
  readonly tokensPerStep: number
  /** median of the calibration */
  readonly stepSeconds: number
  /** floating point operations of a training step: 6 (N - E) T + 6 V H M + 12 L S² H B */
  readonly operationsPerStep: number
  /** training steps that fit into the study's training time */
  readonly steps: number
}

/** One evaluation during pretraining. */
export interface CurvePoint {
  readonly model: string
  readonly step: number
  /** step × the model's calibrated step time */
  readonly seconds: number
  readonly operations: number
  readonly tokens: number
  /** mean since the previous point, nats per masked token; null before the first step */
  readonly trainingLoss: number | null
  /** nats per masked token, on the same masked text at every point of every model */
  readonly validationLoss: number
  /** standard error of `validationLoss` over the validation sequences */
  readonly validationLossError: number
}

export interface FineTuning {
  readonly model: string
  readonly steps: number
  readonly seconds: number
  /** from 0 to 1 */
  readonly accuracy: number
  /** mean cross-entropy on the evaluation items, nats */
  readonly loss: number
  /** which evaluation items were right: see `packItems` */
  readonly correct: string
}

export interface CompressionPoint {
  readonly model: string
  /** share of the weights in scope that are zero, from 0 to 1 */
  readonly sparsity: number
  /** per weight in scope; 32 is not quantized */
  readonly bits: number
  /** what shares one scale: 'tensor', 'row', 'group 32' */
  readonly granularity: string
  /** what competes for the same threshold when pruning: 'global', 'matrix' */
  readonly scope: string
  readonly accuracy: number
  readonly loss: number
  readonly correct: string
  /** size of the packed artefact, counted exactly */
  readonly bytes: number
  /** nonzeros × bits, with what is out of scope at 32: no scales, no indices */
  readonly idealBits: number
  /** weights that are not zero, of all the model's weights */
  readonly nonzeros: number
  /** fine-tuning steps spent to recover */
  readonly retrainingSteps: number
}

export type Technique = 'quantization' | 'pruning'

/** What compression did to the weights W of one kind of module, with C(W) the compressed weights. */
export interface ModuleError {
  readonly model: string
  readonly technique: Technique
  /** bits per weight, or sparsity */
  readonly level: number
  /** 'embedding', 'attention', 'feed-forward', 'head' */
  readonly module: string
  readonly weights: number
  /** mean |W - C(W)| */
  readonly absolute: number
  /** standard deviation of |W - C(W)| over the weights */
  readonly deviation: number
  /** ‖W - C(W)‖ / ‖W‖ */
  readonly relative: number
}

export interface Hypothesis {
  /** 'H12' */
  readonly id: string
  /** what would be true */
  readonly claim: string
  /** what is measured to find out */
  readonly statistic: string
}

/** A hypothesis judged. Without an interval there is no judgement: it stays inconclusive. */
export type Verdict = Hypothesis & {
  /** what the number says, in words */
  readonly sentence: string
} & (
    | {
        readonly value: number
        readonly interval: Interval
        readonly verdict: 'supported' | 'refuted' | 'inconclusive'
      }
    | { readonly value: null; readonly interval: null; readonly verdict: 'inconclusive' }
  )
