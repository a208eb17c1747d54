import type { Module } from '@tlc/nn'
import {
  chrf,
  corpusBleu,
  type MaskedTokens,
  RobertaForMaskedLM,
  RobertaForSequenceClassification,
  TransformerForTranslation,
} from '@tlc/transformer'
import type { DeployedLayer } from '../compression/deploy.ts'
import { exampleSequences, openDataset, type Split } from '../data/index.ts'
import { UserError } from '../user-error.ts'
import { judgeClassifier, typicalIds } from './classified-texts.ts'
import { deployLoaded } from './compression/deploy-loaded.ts'
import { labelNumbers } from './label-numbers.ts'
import type { LoadedModel } from './load-model.ts'
import { heldOutBatches, loadMaskedTexts } from './masked-texts.ts'
import { noteCut, openTokens } from './open-tokens.ts'
import { dataOptions, type Measures, type TaskOptions } from './task.ts'
import { judgeMaskedLM } from './train-masked-lm.ts'
import { type TranslateOptions, translate } from './translate.ts'
import { textPairs } from './translation-texts.ts'

/** A part of the data of a task. */
export type TaskSplit = Exclude<Split, 'pretraining' | 'heldOut'>

export interface EvaluateOptions extends TranslateOptions {
  /** a data set's name, or the path of a file */
  readonly data: string
  /** of the data of a task, 'test' by default; a masked language model is judged on held-out text */
  readonly split?: TaskSplit | undefined
  /** the first so many sequences, texts or pairs; all by default */
  readonly limit?: number | undefined
  /** of a text that is too long to classify at once, sequences at most; 1 by default */
  readonly windows?: number | undefined
  /** of a compressed model: compute with its weights as they are where that is faster here; false by default */
  readonly deploy?: boolean | undefined
}

/** How good a model is, and on how much that was found. */
export interface Evaluated {
  /** the class of the model */
  readonly architecture: string
  readonly data: string
  readonly split: TaskSplit | 'heldOut'
  /** sequences, texts or pairs */
  readonly count: number
  readonly measures: Measures
  /** how measures were taken that depend on it, as sacreBLEU says it */
  readonly signatures?: readonly string[]
  /** what became of each linear layer, if it was deployed */
  readonly layers?: readonly DeployedLayer[]
}

type Judge<Model extends Module> = (
  loaded: LoadedModel<Model>,
  options: EvaluateOptions,
  task: TaskOptions,
) => Promise<Evaluated>

/**
 * Judges a model by what it is for: a masked language model by its loss on held-out text, under masks that are always the
 * same; a classifier by accuracy, F1 and Matthews correlation; a translation model by BLEU and chrF. With `deploy` the model
 * stays as it was deployed.
 *
 * @throws UserError for a model of another kind, and for data that does not fit the model
 */
export async function evaluate(
  { model, ...loaded }: LoadedModel<Module>,
  options: EvaluateOptions,
  task: TaskOptions = {},
): Promise<Evaluated> {
  if (model instanceof RobertaForMaskedLM) return judgeOnText({ model, ...loaded }, options, task)
  if (model instanceof RobertaForSequenceClassification) return judgeOnLabels({ model, ...loaded }, options, task)
  if (model instanceof TransformerForTranslation) return judgeOnTranslations({ model, ...loaded }, options, task)
  throw new UserError(
    `a ${model.constructor.name} cannot be judged; expected a RobertaForMaskedLM, a RobertaForSequenceClassification or ` +
      'a TransformerForTranslation',
  )
}

const judgeOnText: Judge<RobertaForMaskedLM> = async (loaded, { data, limit = Infinity, deploy }, task) => {
  const { model, tokenizer } = loaded
  const { maxLength: length, vocabularySize } = model.roberta.config
  const texts = await loadMaskedTexts({ data, length, tokenizer, vocabularySize }, task)
  using _tokens = texts.tokens
  const count = Math.min(limit, texts.heldOut.count)
  const run = () => {
    const { ids, positions } = heldOutBatches(texts, count).next().value as MaskedTokens
    return model.forward(ids, positions)
  }
  const layers = deploy ? await deployLoaded(loaded, run, task) : undefined
  const measures = await judgeMaskedLM(model, heldOutBatches(texts, count))
  const architecture = model.constructor.name
  return { architecture, data: texts.name, split: 'heldOut', count, measures, ...(layers && { layers }) }
}

const judgeOnLabels: Judge<RobertaForSequenceClassification> = async (
  loaded,
  { data, split = 'test', limit = Infinity, windows = 1, deploy },
  task,
) => {
  const { model, tokenizer } = loaded
  const { maxLength, vocabularySize } = model.roberta.config
  const { dataset, tokens } = await openTokens(data, ['labelled', 'pairs'], { tokenizer, vocabularySize }, task)
  using _tokens = tokens
  const numbers = labelNumbers(dataset.name, tokens.facts.labels, model.labelNames)
  const sequences = exampleSequences(tokens, split, { maxLength, limit, windows })
  noteCut(`${split} texts`, sequences, maxLength, task, windows)
  const { itemCount: count } = sequences
  const texts = { ...sequences, labels: sequences.labels.map((label) => numbers[label]!) }
  const layers = deploy ? await deployLoaded(loaded, () => model.forward(typicalIds(texts)), task) : undefined
  const measures = await judgeClassifier(model, texts, (done) =>
    task.onProgress?.({ phase: 'working', what: 'classifying', done, of: sequences.count }),
  )
  const architecture = model.constructor.name
  return { architecture, data: dataset.name, split, count, measures, ...(layers && { layers }) }
}

const judgeOnTranslations: Judge<TransformerForTranslation> = async (
  { model, tokenizer },
  { data, split = 'test', limit, deploy, ...options },
  task,
) => {
  if (deploy)
    throw new UserError('a translation model cannot be deployed: it writes word by word, which is not timed here')
  const dataset = await openDataset(data, { kind: 'translation', ...dataOptions(task) })
  const pairs = (await textPairs(dataset, split)).slice(0, limit)
  const count = pairs.length
  const onDone = (done: number): void => task.onProgress?.({ phase: 'working', what: 'translating', done, of: count })
  const translations = await translate(
    { model, tokenizer },
    pairs.map(([source]) => source),
    { ...options, onDone },
  )
  const hypotheses = translations.map((each) => each.translations[0]!.text)
  const references = pairs.map(([, target]) => [target])
  const cut = translations.filter((each) => each.cut).length
  if (cut > 0)
    task.onProgress?.({
      phase: 'note',
      message: `${cut} of ${count} sources are longer than the model reads, and were cut`,
    })
  const [bleu, chrF] = [corpusBleu(hypotheses, references), chrf(hypotheses, references)]
  const copied = corpusBleu(
    pairs.map(([source]) => source),
    references,
  )
  return {
    architecture: model.constructor.name,
    data: dataset.name,
    split,
    count,
    measures: { bleu: bleu.score, chrf: chrF.score, bleuOfCopying: copied.score },
    signatures: [`BLEU|${bleu.signature}`, `chrF2|${chrF.signature}`],
  }
}
