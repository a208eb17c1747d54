import { foldIn, key } from '@tlc/tensor'
import { DynamicMasking, type MaskedTokens, type Tokenizer } from '@tlc/transformer'
import { type PackedSequences, packedSequences, selectDocuments, type TokenizedDataset } from '../data/index.ts'
import { maskedBatch } from '../study/batches.ts'
import { openTokens, type TokenizerChoice } from './open-tokens.ts'
import type { TaskOptions } from './task.ts'

/** Text for masked-language modelling, as ids in full sequences. */
export interface MaskedTexts {
  readonly name: string
  /** pins the texts: a hash */
  readonly fingerprint: string
  readonly tokenizer: Tokenizer
  readonly pretraining: PackedSequences
  readonly heldOut: PackedSequences
  /** to be disposed */
  readonly tokens: TokenizedDataset
}

export interface MaskedTextsOptions extends TokenizerChoice {
  /** a data set's name, or the path of a file */
  readonly data: string
  /** tokens of each sequence */
  readonly length: number
  /** of the tokens, to train on; all by default */
  readonly subset?: number | undefined
}

/**
 * Fetches, tokenizes and packs texts; what is in the cache is not done again.
 *
 * @throws UserError if there are none, they are malformed, or too few
 */
export async function loadMaskedTexts(
  { data, length, subset, ...choice }: MaskedTextsOptions,
  task: TaskOptions,
): Promise<MaskedTexts> {
  const { dataset, tokenizer, tokens } = await openTokens(data, ['texts', 'labelled'], choice, task)
  return {
    name: dataset.name,
    fingerprint: dataset.fingerprint,
    tokenizer,
    pretraining: packedSequences(tokens, selectDocuments(tokens, 'pretraining', subset), { length }),
    heldOut: packedSequences(tokens, selectDocuments(tokens, 'heldOut'), { length }),
    tokens,
  }
}

/** Masks for judging: always the same, whatever the seed of the training, so that losses can be compared. */
const heldOutMasks = key(2020)
const evaluationBatch = 64

/** So many held-out sequences, masked as ever. */
export function* heldOutBatches({ tokenizer, heldOut }: MaskedTexts, most: number): Generator<MaskedTokens> {
  const masking = new DynamicMasking(tokenizer)
  const count = Math.min(most, heldOut.count)
  for (let start = 0; start < count; start += evaluationBatch) {
    const chosen = Array.from({ length: Math.min(evaluationBatch, count - start) }, (_, index) => start + index)
    yield maskedBatch({ masking }, heldOut, chosen, foldIn(heldOutMasks, start))
  }
}
