import type { Module } from '@tlc/nn'
import type { Key } from '@tlc/tensor'
import { type Pooling, robertaConfig } from './config.ts'
import { defaultLabelNames, type HuggingFaceConfig } from './hugging-face-config.ts'
import type { RobertaModel } from './model.ts'
import type { RobertaOptions } from './options.ts'
import { blank, type Load, loadAll, loadEncoder } from './pretrained.ts'

export interface ClassifierOptions extends RobertaOptions {
  /** how many classes there are, or their names */
  readonly labels: number | readonly string[]
}

/** A classifier's head that is not read but begins anew. */
export interface FreshHead {
  /** 'fresh': take the encoder of any checkpoint, whatever head that has */
  readonly head: 'fresh'
  /** how many classes there are, or their names */
  readonly labels: number | readonly string[]
  /** of the head's first weights */
  readonly key: Key
  /** what the head sees of a text; that of the checkpoint by default */
  readonly pooling?: Pooling
  /** of features and attention weights; those of the checkpoint by default */
  readonly dropout?: number
}

/**
 * The names of classes by id; `LABEL_0` and so on for a number of them.
 *
 * @throws RangeError unless there are two or more, of different names
 */
export function labelNamesOf(labels: number | readonly string[]): readonly string[] {
  const count = typeof labels === 'number' ? labels : labels.length
  if (!(Number.isInteger(count) && count >= 2))
    throw new RangeError(`RoBERTa: labels must be a whole number >= 2 or as many names, got ${count}`)
  const names = typeof labels === 'number' ? defaultLabelNames(labels) : labels
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new RangeError(`RoBERTa: two labels are called ${JSON.stringify(twice)}; names must differ`)
  return names
}

/** What a classifier that is read is made from. */
export function classifierOptions({ config, labelNames }: HuggingFaceConfig, fresh?: FreshHead): ClassifierOptions {
  if (!fresh) return { config, labels: labelNames, ...blank }
  const { labels, key, pooling = config.pooling, dropout } = fresh
  const rates = dropout === undefined ? {} : { dropout, attentionDropout: dropout }
  return { config: robertaConfig({ ...config, pooling, ...rates }), labels, key }
}

/** How it gets its weights: all of them, or the encoder's. */
export function classifierLoad(fresh?: FreshHead): Load<Module & { readonly roberta: RobertaModel }> {
  return fresh ? (model, ...given) => loadEncoder(model.roberta, ...given) : loadAll
}
