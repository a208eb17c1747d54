import { DynamicMasking, type Tokenizer } from '@tlc/transformer'
import {
  type DataProgress,
  type ExampleSequences,
  exampleSequences,
  loadTokenizer,
  loadTokens,
  openDataset,
  type PackedSequences,
  packedSequences,
  requireLabels,
  type Split,
  selectDocuments,
} from '../data/index.ts'
import { UserError } from '../user-error.ts'
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
  readonly train: ExampleSequences
  readonly validation: ExampleSequences
}

/**
 * Fetches, cleans, tokenizes and cuts the texts of a study; what is in the cache is not done again.
 *
 * @throws UserError if there are none, they are malformed, have no labels, or are too few for the study
 */
export async function loadTexts(
  study: Study,
  cacheDirectory: string | undefined,
  onProgress: (progress: DataProgress) => void,
): Promise<StudyTexts> {
  const options = { ...(cacheDirectory && { cacheDirectory }), onProgress }
  const dataset = await openDataset(study.data, options)
  const tokenizer = await loadTokenizer(dataset, { vocabularySize: study.vocabularySize, ...options })
  const tokens = await loadTokens(dataset, tokenizer, options)
  requireLabels(tokens)
  const { pretraining, finetuning } = study
  const packed = (split: Split): PackedSequences =>
    packedSequences(tokens, selectDocuments(tokens, split), { length: pretraining.length })
  const examples = (split: Split, limit: number): ExampleSequences =>
    exampleSequences(tokens, split, { maxLength: finetuning.length, limit })
  const texts: StudyTexts = {
    name: dataset.name,
    revision: dataset.fingerprint,
    tokenizer,
    vocabularySize: tokenizer.vocabularySize,
    masking: new DynamicMasking(tokenizer),
    labels: tokens.facts.labels,
    pretraining: packed('pretraining'),
    heldOut: packed('heldOut'),
    train: examples('train', finetuning.trainExamples),
    validation: examples('validation', finetuning.validationExamples),
  }
  checkAmounts(study, texts)
  const { train, validation } = texts
  const cut = train.truncated + validation.truncated
  const { length } = finetuning
  if (cut > 0) onProgress({ phase: 'truncating', texts: cut, of: train.count + validation.count, length })
  return texts
}

/** A batch must fill, and a standard error takes two. */
function checkAmounts({ pretraining, finetuning }: Study, { name, ...texts }: StudyTexts): void {
  const amounts = [
    ['pretraining sequences', texts.pretraining.count, pretraining.batch, 'pretraining.batch'],
    ['held-out sequences', texts.heldOut.count, 2, 'pretraining.length'],
    ['labelled training texts', texts.train.count, finetuning.batch, 'finetuning.batch'],
  ] as const
  for (const [what, count, fewest, field] of amounts) {
    if (count < fewest) {
      throw new UserError(
        `${name}: has ${count} ${what}, the study needs at least ${fewest}; give more text, or a study with a smaller ${field}`,
      )
    }
  }
}
