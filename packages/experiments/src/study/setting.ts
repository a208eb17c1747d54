import { type RobertaConfig, robertaConfig } from '@tlc/transformer'
import type { ModelSize, Study } from './study.ts'
import type { StudyTexts } from './texts.ts'

/** What every task of a study works with. */
export interface Setting {
  readonly study: Study
  readonly seed: number
  readonly texts: StudyTexts
}

/** RoBERTa's hidden size and the deviation its weights start with. */
const base = { hiddenSize: 768, initializerRange: 0.02 }

/**
 * The configuration of a size in a study. Dropout is for fine-tuning; pretraining sees hardly a text twice. Weights start
 * with the deviation that RoBERTa's have, times √(768 / hiddenSize), so that sums over fewer features are as large.
 */
export function configOf({ study, texts }: Setting, size: ModelSize, dropout = 0): RobertaConfig {
  return robertaConfig({
    layers: size.layers,
    hiddenSize: size.hiddenSize,
    heads: size.heads,
    feedForwardSize: size.feedForwardSize,
    vocabularySize: texts.vocabularySize,
    maxLength: Math.max(study.pretraining.length, study.finetuning.length),
    initializerRange: base.initializerRange * Math.sqrt(base.hiddenSize / size.hiddenSize),
    dropout,
    attentionDropout: 0,
  })
}

/** Numbers by which the random streams of a study are told apart: each is folded into the study's key. */
export const streams = {
  model: 1,
  order: 2,
  masks: 3,
  heldOutMasks: 4,
  head: 5,
  finetuningOrder: 6,
  dropout: 7,
  retraining: 8,
} as const
