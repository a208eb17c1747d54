import { Adam, BucketedBatches, breathe, inverseSquareRoot, namedParameters } from '@tlc/nn'
import { foldIn, type Key, key, scope } from '@tlc/tensor'
import {
  corpusBleu,
  perplexity,
  type Tokenizer,
  TransformerForTranslation,
  type TranslationConfig,
  translationConfig,
} from '@tlc/transformer'
import { formatCount } from '../quantities.ts'
import { runHash } from '../store/index.ts'
import { UserError } from '../user-error.ts'
import { byLength } from './by-length.ts'
import type { LoadedModel } from './load-model.ts'
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
import { translate } from './translate.ts'
import {
  type CountedPairs,
  type EncodedPairs,
  loadTranslationTexts,
  pairsBatch,
  type TextPair,
  type TranslationTexts,
} from './translation-texts.ts'

export interface TrainTranslationOptions extends TrainingRecipe {
  /** of the encoder, and of the decoder if it has no layers of its own */
  readonly shape: ModelShape
  readonly decoderLayers?: number | undefined
  /** one that is ready; else one of `vocabularySize` is learned from both languages */
  readonly tokenizer?: Tokenizer | undefined
  readonly vocabularySize: number
  /** pairs at most to judge by */
  readonly evaluationPairs: number
  /** pairs at most to translate in each evaluation, greedily, for BLEU; 0: none */
  readonly bleuPairs: number
  /** ε, 0.1 in the paper */
  readonly labelSmoothing: number
  readonly averaging?: Averaging | undefined
}

/** Trains an encoder-decoder on sentences and their translations, as `runTraining` does. @see Vaswani et al. 2017, section 5 */
export async function trainTranslation(
  options: TrainTranslationOptions,
  task: TaskOptions = {},
): Promise<TrainedModel> {
  const texts = await loadTranslationTexts(options, task)
  using _tokens = texts.tokens
  checkAmounts(options, texts)
  const { tokenizer: _, vocabularySize: __, ...recipe } = options
  return await runTraining(
    {
      recipe: options,
      config: {
        task: 'translation',
        ...configOf(recipe),
        texts: texts.fingerprint,
        tokenizer: runHash(texts.tokenizer.toJSON()),
      },
      start: (steps) => startTraining(options, texts, steps),
      planned(steps) {
        const pairs = texts.train.sources.count
        const passes = ((steps * options.batchSize) / pairs).toPrecision(3)
        const message = `${formatCount(pairs)} pairs, ${steps} steps of ${options.batchSize}: ${passes} passes`
        task.onProgress?.({ phase: 'note', message })
      },
      save: (model, folder) => model.savePretrained(folder, { tokenizer: texts.tokenizer }),
    },
    task,
  )
}

/** Numbers by which the random streams of a training are told apart. */
const streams = { model: 1, order: 2, dropout: 3 } as const

function modelConfig(
  { shape: { layers, ...sizes }, decoderLayers = layers, length, dropout }: TrainTranslationOptions,
  tokenizer: Tokenizer,
): TranslationConfig {
  const { vocabularySize, beginId, padId: paddingId, endId } = tokenizer
  const vocabulary = { vocabularySize, beginId, paddingId, endId }
  return translationConfig({
    encoderLayers: layers,
    decoderLayers,
    ...sizes,
    ...vocabulary,
    maxLength: length,
    dropout,
  })
}

function startTraining(
  options: TrainTranslationOptions,
  { tokenizer, train, validation, samples }: TranslationTexts,
  steps: number,
): StartedTraining<CountedPairs, TransformerForTranslation> {
  const { seed, batchSize, learningRate, warmUp, evaluations, patience, labelSmoothing, recompute, averaging } = options
  const stream = (name: keyof typeof streams): Key => foldIn(key(seed), streams[name])
  const model = new TransformerForTranslation({ config: modelConfig(options, tokenizer), key: stream('model') })
  const batches = new BucketedBatches({
    lengths: train.sources.lengths.map((length, pair) => Math.max(length, train.targets.lengths[pair]!)),
    maxExamples: batchSize,
    key: stream('order'),
  })
  let tokens = 0
  return started(options, {
    model,
    optimizer: new Adam(namedParameters(model), { beta2: 0.98, epsilon: 1e-9 }),
    steps,
    schedule: inverseSquareRoot({ peak: learningRate, warmUp: Math.ceil(warmUp * steps) }),
    batch(step) {
      const parts = microBatchesOf(batches.batch(step).examples, options.microBatchSize)
      const pairs = parts.map((part) => pairsBatch(train, part))
      tokens = pairs.reduce((sum, { source, target }) => sum + source.size + target.size, 0)
      return pairs
    },
    weigh: (pairs) => pairs.tokens,
    loss: (pairs: CountedPairs, dropout: Key) => model.loss(pairs, { key: dropout, labelSmoothing, recompute }),
    key: stream('dropout'),
    tokens: () => tokens,
    averaging,
    evaluation: {
      due: evenly(evaluations, steps),
      async evaluate() {
        const found = await judgeTranslation(model, validation)
        return samples.length > 0 ? { ...found, bleu: await greedyBleu({ model, tokenizer }, samples) } : found
      },
      ...(patience !== undefined && { patience }),
    },
  })
}

const evaluationBatch = 64

/** The loss in nats per token of the targets, without label smoothing, and the perplexity, e^loss. */
async function judgeTranslation(model: TransformerForTranslation, pairs: EncodedPairs): Promise<Measured> {
  let total = 0
  let tokens = 0
  for (const chosen of byLength(pairs.targets.lengths, evaluationBatch)) {
    await breathe()
    using _batch = scope()
    const batch = pairsBatch(pairs, chosen)
    total += (await model.loss(batch).item()) * batch.tokens
    tokens += batch.tokens
  }
  const loss = total / tokens
  return { loss, perplexity: perplexity(loss) }
}

async function greedyBleu(loaded: LoadedModel<TransformerForTranslation>, pairs: readonly TextPair[]): Promise<number> {
  const sources = pairs.map(([source]) => source)
  const translations = await translate(loaded, sources, { search: 'greedy' })
  const references = pairs.map(([, target]) => [target])
  return corpusBleu(
    translations.map((each) => each.translations[0]!.text),
    references,
  ).score
}

function checkAmounts({ batchSize }: TrainTranslationOptions, { name, train }: TranslationTexts): void {
  if (train.sources.count >= batchSize) return
  throw new UserError(
    `${name}: has ${train.sources.count} pairs to train on, needs ${batchSize} for a batch; give more, or a smaller batch size`,
  )
}
