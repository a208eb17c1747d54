import { BucketedBatches, disposeModule, linearDecay } from '@tlc/nn'
import { foldIn, type Key, key } from '@tlc/tensor'
import {
  type LabelledTexts,
  type Pooling,
  RobertaForSequenceClassification,
  type Tokenizer,
  TransformerForTranslation,
} from '@tlc/transformer'
import { hashOf } from '../data/cache.ts'
import { type ExampleSequences, exampleSequences } from '../data/index.ts'
import { formatCount } from '../quantities.ts'
import { robertaOptimizer } from '../roberta-optimizer.ts'
import { labelledBatch } from '../study/batches.ts'
import { UserError } from '../user-error.ts'
import { judgeClassifier } from './classified-texts.ts'
import { loadModel, readModelFiles } from './load-model.ts'
import { microBatchesOf } from './micro-batches.ts'
import { noteCut, openTokens } from './open-tokens.ts'
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
  /** the first so many training texts; all by default */
  readonly examples?: number | undefined
  /** sequences at most of a text that is too long for one, each learned from with the text's label; 1 by default */
  readonly windows?: number | undefined
  /** what the head sees of a text; that of the pretrained model by default */
  readonly pooling?: Pooling | undefined
}

type Files = ReadonlyMap<string, Uint8Array>

/** What a fine-tuning works with. */
interface Setting {
  readonly options: FinetuneOptions
  readonly files: Files
  readonly labels: readonly string[]
  readonly train: ExampleSequences
  readonly validation: ExampleSequences
}

/**
 * Trains a pretrained encoder and a fresh head to tell classes of texts, or of pairs of texts, apart, as `runTraining`
 * does. Ends with the weights of the evaluation with the lowest validation loss. @see Liu et al. 2019, section 5.1
 */
export async function finetune(options: FinetuneOptions, task: TaskOptions = {}): Promise<TrainedModel> {
  const { files, tokenizer, maxLength, vocabularySize } = await readEncoder(options.model)
  const length = options.length ?? maxLength
  if (length > maxLength)
    throw new UserError(`${options.model} reads ${maxLength} tokens, ${length} are asked for; give a smaller --length`)
  const { dataset, tokens } = await openTokens(options.data, ['labelled', 'pairs'], { tokenizer, vocabularySize }, task)
  using _tokens = tokens
  const encoded = (split: 'train' | 'validation', limit = Infinity): ExampleSequences => {
    const { windows = 1 } = options
    const sequences = exampleSequences(tokens, split, { maxLength: length, limit, windows })
    noteCut(`${split} texts`, sequences, length, task, windows)
    return sequences
  }
  const { labels } = tokens.facts
  const setting = {
    options,
    files,
    labels,
    train: encoded('train', options.examples),
    validation: encoded('validation'),
  }
  checkAmounts(options, dataset.name, setting.train.count)
  const perEpoch = batchesOf(setting).batchesPerEpoch
  const recipe = { ...options, length, steps: Math.max(1, Math.round(options.epochs * perEpoch)) }
  const { model: _, ...identity } = configOf(recipe) as { readonly model: string }
  return await runTraining(
    {
      recipe,
      config: {
        task: 'classification',
        ...identity,
        texts: dataset.fingerprint,
        pretrained: hashOf([...hashes(files)]),
      },
      start: (steps) => startTraining(setting, steps),
      planned(steps) {
        const message = `${formatCount(setting.train.count)} texts of ${labels.length} classes, ${steps} steps of ${options.batchSize}`
        task.onProgress?.({ phase: 'note', message })
      },
      save: (model, folder) => model.savePretrained(folder, { tokenizer }),
    },
    task,
  )
}

/** The files of a model, and what must be known of it before its head is made. */
async function readEncoder(folder: string): Promise<{
  readonly files: Files
  readonly tokenizer: Tokenizer
  readonly maxLength: number
  readonly vocabularySize: number
}> {
  const files = await readModelFiles(folder)
  const { model, tokenizer } = await loadModel(folder, files)
  try {
    if (model instanceof TransformerForTranslation)
      throw new UserError(`${folder} has a ${model.constructor.name}, expected a RoBERTa or BERT; give another --model`)
    const { maxLength, vocabularySize } = ('roberta' in model ? model.roberta : model).config
    return { files, tokenizer, maxLength, vocabularySize }
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
  setting: Setting,
  steps: number,
): Promise<StartedTraining<LabelledTexts, RobertaForSequenceClassification>> {
  const { options, files, labels, train, validation } = setting
  const { learningRate, warmUp, evaluations, patience, recompute = false } = options
  const model = await RobertaForSequenceClassification.fromPretrained(files, {
    head: 'fresh',
    labels,
    key: streamOf(options, 'head'),
    dropout: options.dropout,
    ...(options.pooling && { pooling: options.pooling }),
  })
  const batches = batchesOf(setting)
  let tokens = 0
  return started(options, {
    model,
    optimizer: robertaOptimizer(model),
    steps,
    schedule: linearDecay({ peak: learningRate, steps, warmUp: Math.ceil(warmUp * steps) }),
    batch(step) {
      const { examples, length } = batches.batch(step)
      const parts = microBatchesOf(examples, options.microBatchSize)
      tokens = examples.length * length
      return parts.map((part) => labelledBatch(train, part, length))
    },
    weigh: (texts) => texts.labels.size,
    loss: (texts: LabelledTexts, dropout: Key) => model.loss(texts, { key: dropout, recompute }),
    key: streamOf(options, 'dropout'),
    tokens: () => tokens,
    evaluation: {
      due: evenly(evaluations, steps),
      evaluate: () => judgeClassifier(model, validation),
      keepBest: true,
      ...(patience !== undefined && { patience }),
    },
  })
}

function streamOf({ seed }: FinetuneOptions, name: keyof typeof streams): Key {
  return foldIn(key(seed), streams[name])
}

/** Texts of like length together. */
function batchesOf({ options, train }: Pick<Setting, 'options' | 'train'>): BucketedBatches {
  return new BucketedBatches({
    lengths: train.lengths,
    maxExamples: options.batchSize,
    maxLength: options.length ?? Infinity,
    key: streamOf(options, 'order'),
  })
}

function checkAmounts({ batchSize }: FinetuneOptions, name: string, texts: number): void {
  if (texts >= batchSize) return
  throw new UserError(
    `${name}: has ${texts} texts to train on, needs ${batchSize} for a batch; give more, or a smaller batch size`,
  )
}
