import { DynamicMasking, type Tokenizer } from '@tlc/transformer'
import {
  type DataProgress,
  type LabelledSequences,
  labelledSequences,
  loadTokenizer,
  loadTokens,
  openTextDataset,
  type PackedSequences,
  packedSequences,
} from '../data/index.ts'
import type { Study } from './study.ts'

/** The texts of a study, as ids. */
export interface StudyTexts {
  readonly name: string
  /** pins the texts: a hash */
  readonly revision: string
  readonly tokenizer: Tokenizer
  readonly vocabularySize: number
  readonly masking: DynamicMasking
  /** names of the classes */
  readonly labels: readonly string[]
  readonly pretraining: PackedSequences
  readonly heldOut: PackedSequences
  readonly train: LabelledSequences
  readonly validation: LabelledSequences
}

/** Fetches, cleans, tokenizes and cuts the texts of a study; what is in the cache is not done again. */
export async function loadTexts(
  study: Study,
  cacheDirectory: string | undefined,
  onProgress: (progress: DataProgress) => void,
): Promise<StudyTexts> {
  const options = { ...(cacheDirectory && { cacheDirectory }), onProgress }
  const source = await openTextDataset(study.data, options)
  const tokenizer = await loadTokenizer(source, { vocabularySize: study.vocabularySize, ...options })
  const tokens = await loadTokens(source, tokenizer, options)
  const { pretraining, finetuning } = study
  return {
    name: source.name,
    revision: source.fingerprint,
    tokenizer,
    vocabularySize: tokenizer.vocabularySize,
    masking: new DynamicMasking(tokenizer),
    labels: tokens.labels,
    pretraining: packedSequences(tokens, 'pretraining', pretraining.length),
    heldOut: packedSequences(tokens, 'heldOut', pretraining.length),
    train: labelledSequences(tokens, 'train', finetuning.length, finetuning.trainExamples),
    validation: labelledSequences(tokens, 'validation', finetuning.length, finetuning.validationExamples),
  }
}
