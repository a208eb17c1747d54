import { warmUpStableDecay } from '@tlc/nn'
import { foldIn, type Key, key } from '@tlc/tensor'
import {
  DynamicMasking,
  lookAtNeighbours,
  type MaskedTokens,
  perplexity,
  type RobertaConfig,
  RobertaForMaskedLM,
  robertaConfig,
  type Tokenizer,
} from '@tlc/transformer'
import { formatCount } from '../quantities.ts'
import { robertaOptimizer } from '../roberta-optimizer.ts'
import { runHash } from '../store/index.ts'
import { maskedBatch, sequencesOfStep } from '../study/batches.ts'
import { maskedLoss } from '../study/evaluate.ts'
import { UserError } from '../user-error.ts'
import { heldOutBatches, loadMaskedTexts, type MaskedTexts } from './masked-texts.ts'
import { microBatchesOf } from './micro-batches.ts'
import type { ModelShape } from './model-shape.ts'
import type { TaskOptions } from './task.ts'
import { type Averaging, evenly, type Measured } from './train-in-folder.ts'
import {
  configOf,
  runTraining,
  type StartedTraining,
  started,
  type TrainedModel,
  type TrainingRecipe,
} from './training.ts'

export interface MaskedLMOptions extends TrainingRecipe {
  readonly shape: ModelShape
  /** one that is ready; else one of `vocabularySize` is learned from the texts */
  readonly tokenizer?: Tokenizer | undefined
  readonly vocabularySize: number
  /** of the tokens, to train on: 0.05 is 5% of them, exactly; all by default */
  readonly subset?: number | undefined
  /** share of the steps, at the end, in which the learning rate falls to 0 */
  readonly coolDown: number
  /** share of the tokens that are to be guessed, 0.15 in the paper; evaluations have 0.15 always */
  readonly maskShare: number
  /** what heads look at before they have learned anything: a neighbour each, or what random weights give */
  readonly attentionStart: 'neighbours' | 'random'
  /** of held-out text, in each evaluation */
  readonly evaluationSequences: number
  readonly averaging?: Averaging | undefined
}

/** Pretrains a RoBERTa on masked text, as `runTraining` does: full sequences, dynamic masks. @see Liu et al. 2019, section 4 */
export async function trainMaskedLM(options: MaskedLMOptions, task: TaskOptions = {}): Promise<TrainedModel> {
  const { warmUp, coolDown } = options
  if (warmUp + coolDown > 1)
    throw new UserError(
      `a warm-up of ${warmUp} and a cool-down of ${coolDown} are more than all steps; give smaller shares`,
    )
  const texts = await loadMaskedTexts(options, task)
  using _tokens = texts.tokens
  checkAmounts(options, texts)
  const { tokenizer: _, vocabularySize: __, ...recipe } = options
  return await runTraining(
    {
      recipe: options,
      config: {
        task: 'masked-lm',
        ...configOf(recipe),
        texts: texts.fingerprint,
        tokenizer: runHash(texts.tokenizer.toJSON()),
      },
      start: (steps) => startTraining(options, texts, steps),
      planned(steps) {
        const { count, length } = texts.pretraining
        const passes = (steps * options.batchSize) / count
        const message = `${formatCount(count)} sequences of ${length} tokens, ${steps} steps of ${options.batchSize}: ${passes.toPrecision(3)} passes`
        task.onProgress?.({ phase: 'note', message })
      },
      save: (model, folder) => model.savePretrained(folder, { tokenizer: texts.tokenizer }),
    },
    task,
  )
}

/** RoBERTa's hidden size and the deviation its weights start with. */
const base = { hiddenSize: 768, initializerRange: 0.02 }

/** Weights start with RoBERTa's deviation times √(768 / hiddenSize), so that sums over fewer features are as large. */
function modelConfig({ shape, length, dropout }: MaskedLMOptions, tokenizer: Tokenizer): RobertaConfig {
  return robertaConfig({
    ...shape,
    vocabularySize: tokenizer.vocabularySize,
    maxLength: length,
    dropout,
    attentionDropout: dropout,
    initializerRange: base.initializerRange * Math.sqrt(base.hiddenSize / shape.hiddenSize),
  })
}

/** Numbers by which the random streams of a training are told apart. */
const streams = { model: 1, order: 2, masks: 3, dropout: 4 } as const

function startTraining(
  options: MaskedLMOptions,
  texts: MaskedTexts,
  steps: number,
): StartedTraining<MaskedTokens, RobertaForMaskedLM> {
  const {
    seed,
    batchSize,
    length,
    learningRate,
    warmUp,
    coolDown,
    evaluations,
    patience,
    maskShare,
    recompute = false,
  } = options
  const stream = (name: keyof typeof streams): Key => foldIn(key(seed), streams[name])
  const model = new RobertaForMaskedLM({ config: modelConfig(options, texts.tokenizer), key: stream('model') })
  if (options.attentionStart === 'neighbours') lookAtNeighbours(model.roberta)
  const masking = new DynamicMasking(texts.tokenizer, { share: maskShare })
  return started(options, {
    model,
    optimizer: robertaOptimizer(model),
    steps,
    schedule: warmUpStableDecay({
      peak: learningRate,
      steps,
      warmUp: Math.ceil(warmUp * steps),
      decay: Math.floor(coolDown * steps),
    }),
    batch(step) {
      const chosen = sequencesOfStep(texts.pretraining.count, batchSize, stream('order'), step)
      const masks = foldIn(stream('masks'), step)
      return microBatchesOf(chosen, options.microBatchSize).map((part, index) =>
        maskedBatch({ masking }, texts.pretraining, part, foldIn(masks, index)),
      )
    },
    weigh: ({ targets }) => targets.size,
    loss: (tokens: MaskedTokens, dropout: Key) => model.loss(tokens, { key: dropout, recompute }),
    key: stream('dropout'),
    tokens: () => batchSize * length,
    averaging: options.averaging,
    evaluation: {
      due: evenly(evaluations, steps),
      evaluate: () => judgeMaskedLM(model, heldOutBatches(texts, options.evaluationSequences)),
      ...(patience !== undefined && { patience }),
    },
  })
}

/** The loss in nats per masked token, its standard error, and the perplexity, e^loss. */
export async function judgeMaskedLM(model: RobertaForMaskedLM, batches: Iterable<MaskedTokens>): Promise<Measured> {
  const { loss, error } = await maskedLoss(model, batches)
  return { loss, error, perplexity: perplexity(loss) }
}

function checkAmounts({ batchSize }: MaskedLMOptions, { name, pretraining, heldOut }: MaskedTexts): void {
  if (pretraining.count >= batchSize && heldOut.count >= 2) return
  throw new UserError(
    `${name}: has ${pretraining.count} sequences to train on and ${heldOut.count} held out, needs ${batchSize} for a batch ` +
      'and 2 to judge by; give more text, a smaller batch size or a smaller length',
  )
}
