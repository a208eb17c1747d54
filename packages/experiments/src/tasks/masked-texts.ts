import { foldIn, key } from '@tlc/tensor'
import { DynamicMasking, type MaskedTokens, type Tokenizer } from '@tlc/transformer'
import { loadTokenizer, loadTokens, openTextDataset, type PackedSequences, packedSequences } from '../data/index.ts'
import { maskedBatch } from '../study/batches.ts'
import { dataOptions, type TaskOptions } from './task.ts'

/** Text for masked-language modelling, as ids in full sequences. */
export interface MaskedTexts {
  readonly name: string
  /** pins the texts: a hash */
  readonly fingerprint: string
  readonly tokenizer: Tokenizer
  readonly pretraining: PackedSequences
  readonly heldOut: PackedSequences
}

export interface MaskedTextsOptions {
  /** a data set's name, or the path of a file */
  readonly data: string
  /** tokens of each sequence */
  readonly length: number
  /** one that is ready; else one is learned from the texts */
  readonly tokenizer?: Tokenizer | undefined
  /** of a tokenizer that is learned */
  readonly vocabularySize: number
}

/**
 * Fetches, tokenizes and packs texts; what is in the cache is not done again.
 *
 * @throws UserError if there are none, they are malformed, or too few
 */
export async function loadMaskedTexts(
  { data, length, tokenizer: ready, vocabularySize }: MaskedTextsOptions,
  task: TaskOptions,
): Promise<MaskedTexts> {
  const options = dataOptions(task)
  const source = await openTextDataset(data, options)
  const tokenizer = ready ?? (await loadTokenizer(source, { ...options, vocabularySize }))
  const tokens = await loadTokens(source, tokenizer, options)
  return {
    name: source.name,
    fingerprint: source.fingerprint,
    tokenizer,
    pretraining: packedSequences(tokens, 'pretraining', length),
    heldOut: packedSequences(tokens, 'heldOut', length),
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
