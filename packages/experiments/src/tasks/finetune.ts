import { AdamW, disposeModule, linearDecay, namedParameters, vectorsWithoutDecay } from '@tlc/nn'
import { foldIn, type Key, key } from '@tlc/tensor'
import {
  type LabelledTexts,
  RobertaForSequenceClassification,
  readPretrained,
  type Tokenizer,
  TransformerForTranslation,
} from '@tlc/transformer'
import { hashOf } from '../data/cache.ts'
import { formatCount } from '../quantities.ts'
import { sequencesOfStep } from '../study/batches.ts'
import { UserError } from '../user-error.ts'
import { type ClassifiedTexts, classifiedBatch, encodeClassified, judgeClassifier } from './classified-texts.ts'
import { type Examples, loadLabelled } from './examples.ts'
import { loadModel } from './load-model.ts'
import { microBatchesOf } from './micro-batches.ts'
import type { TaskOptions } from './task.ts'
import { evenly } from './train-in-folder.ts'
import {
  configOf,
  runTraining,
  type StartedTraining,
  started,
  type TrainedModel,
  type TrainingRecipe,
} from './training.ts'

export interface FinetuneOptions extends Omit<TrainingRecipe, 'length' | 'steps' | 'minutes'> {
  /** the folder of a pretrained RoBERTa or BERT, whatever its head */
  readonly model: string
  /** tokens of the longest text; what the model reads, by default */
  readonly length?: number | undefined
  /** passes over the training texts */
  readonly epochs: number
}

type Files = ReadonlyMap<string, Uint8Array>

/** What a fine-tuning works with. */
interface Setting {
  readonly options: FinetuneOptions
  readonly files: Files
  readonly tokenizer: Tokenizer
  readonly labels: readonly string[]
  readonly train: ClassifiedTexts
  readonly validation: ClassifiedTexts
}

/**
 * Trains a pretrained encoder and a fresh head to tell classes of texts, or of pairs of texts, apart, as `runTraining`
 * does. Ends with the weights of the evaluation with the lowest validation loss. @see Liu et al. 2019, section 5.1
 */
export async function finetune(options: FinetuneOptions, task: TaskOptions = {}): Promise<TrainedModel> {
  const { files, tokenizer, maxLength } = await readEncoder(options.model, options.dropout)
  const length = options.length ?? maxLength
  if (length > maxLength)
    throw new UserError(`${options.model} reads ${maxLength} tokens, ${length} are asked for; give a smaller --length`)
  const examples = await loadLabelled(options.data, task)
  checkAmounts(options, examples)
  const encoded = (split: 'train' | 'validation'): ClassifiedTexts =>
    encodeClassified(tokenizer, examples.splits[split], { length, what: `${split} texts` }, task)
  const { labels } = examples
  const setting = { options, files, tokenizer, labels, train: encoded('train'), validation: encoded('validation') }
  const perEpoch = Math.floor(setting.train.labels.length / options.batchSize)
  const recipe = { ...options, length, steps: Math.max(1, Math.round(options.epochs * perEpoch)) }
  const { model: _, ...identity } = configOf(recipe) as { readonly model: string }
  return runTraining(
    {
      recipe,
      config: {
        task: 'classification',
        ...identity,
        texts: examples.fingerprint,
        pretrained: hashOf([...hashes(files)]),
      },
      start: (steps) => startTraining(setting, steps),
      planned(steps) {
        const message = `${formatCount(setting.train.labels.length)} texts of ${labels.length} classes, ${steps} steps of ${options.batchSize}`
        task.onProgress?.({ phase: 'note', message })
      },
      save: (model, folder) => model.savePretrained(folder, { tokenizer }),
    },
    task,
  )
}

/** The files of a model whose dropout is that of the fine-tuning, and what must be known of it before it is made. */
async function readEncoder(
  folder: string,
  dropout: number,
): Promise<{ readonly files: Files; readonly tokenizer: Tokenizer; readonly maxLength: number }> {
  const { model, tokenizer } = await loadModel(folder)
  try {
    if (model instanceof TransformerForTranslation)
      throw new UserError(`${folder} has a ${model.constructor.name}, expected a RoBERTa or BERT; give another --model`)
    const { config } = 'roberta' in model ? model.roberta : model
    const files = new Map(await readPretrained(folder))
    const json = JSON.parse(new TextDecoder().decode(files.get('config.json'))) as object
    const withDropout = { ...json, hidden_dropout_prob: dropout, attention_probs_dropout_prob: dropout }
    files.set('config.json', new TextEncoder().encode(JSON.stringify(withDropout)))
    return { files, tokenizer, maxLength: config.maxLength }
  } finally {
    disposeModule(model)
  }
}

function* hashes(files: Files): Generator<string> {
  for (const [name, bytes] of files) yield `${name} ${hashOf(bytes)}`
}

/** Numbers by which the random streams of a training are told apart. */
const streams = { head: 1, order: 2, dropout: 3 } as const

async function startTraining(
  { options, files, tokenizer, labels, train, validation }: Setting,
  steps: number,
): Promise<StartedTraining<LabelledTexts, RobertaForSequenceClassification>> {
  const { seed, batchSize, learningRate, warmUp, evaluations, patience, recompute = false } = options
  const stream = (name: keyof typeof streams): Key => foldIn(key(seed), streams[name])
  const model = await RobertaForSequenceClassification.fromPretrained(files, {
    head: 'fresh',
    labels,
    key: stream('head'),
  })
  let tokens = 0
  return started(options, {
    model,
    optimizer: new AdamW(namedParameters(model), { beta2: 0.98, epsilon: 1e-6, groups: [vectorsWithoutDecay] }),
    steps,
    schedule: linearDecay({ peak: learningRate, steps, warmUp: Math.ceil(warmUp * steps) }),
    batch(step) {
      const chosen = sequencesOfStep(train.labels.length, batchSize, stream('order'), step)
      const parts = microBatchesOf(chosen, options.microBatchSize)
      const batches = parts.map((part) => classifiedBatch(train, part, tokenizer.padId))
      tokens = batches.reduce((sum, { ids }) => sum + ids.size, 0)
      return batches
    },
    weigh: (texts) => texts.labels.size,
    loss: (texts: LabelledTexts, dropout: Key) => model.loss(texts, { key: dropout, recompute }),
    key: stream('dropout'),
    tokens: () => tokens,
    evaluation: {
      due: evenly(evaluations, steps),
      evaluate: () => judgeClassifier(model, validation),
      keepBest: true,
      ...(patience !== undefined && { patience }),
    },
  })
}

function checkAmounts({ batchSize }: FinetuneOptions, { name, splits }: Examples): void {
  if (splits.train.length >= batchSize) return
  throw new UserError(
    `${name}: has ${splits.train.length} texts to train on, needs ${batchSize} for a batch; give more, or a smaller batch size`,
  )
}
