import { Batches } from '@tlc/nn'
import { foldIn, type Key, key, tensor } from '@tlc/tensor'
import type { LabelledTexts, MaskedTokens } from '@tlc/transformer'
import type { ExampleSequences, PackedSequences } from '../data/index.ts'
import { type Setting, streams } from './setting.ts'
import type { StudyTexts } from './texts.ts'

/** Which sequences a step trains on: a pure function of the step, so that a resumed run goes on as if it had not stopped. */
export function sequencesOfStep(count: number, batchSize: number, key: Key, step: number): Int32Array {
  const perEpoch = Math.floor(count / batchSize)
  const position = { epoch: Math.floor(step / perEpoch), batch: step % perEpoch }
  return new Batches({ length: count, batchSize, key, position }).next()
}

const evaluationBatch = 64

/** Masked text to train on: the chosen sequences, with the masks that a key draws. */
export function maskedBatch(
  { masking }: Pick<StudyTexts, 'masking'>,
  sequences: PackedSequences,
  chosen: ArrayLike<number>,
  masks: Key,
): MaskedTokens {
  const { inputs, positions, labels } = masking.mask(sequences.rows(chosen), masks)
  return {
    ids: tensor(inputs, { shape: [chosen.length, sequences.length] }),
    positions: tensor(positions),
    targets: tensor(labels),
  }
}

/** The validation set of a study: held-out text, always masked alike. */
export function* heldOutBatches({ study, seed, texts }: Setting): Generator<MaskedTokens> {
  const count = Math.min(study.pretraining.validationSequences, texts.heldOut.count)
  const masks = foldIn(key(seed), streams.heldOutMasks)
  for (const chosen of consecutive(count)) yield maskedBatch(texts, texts.heldOut, chosen, foldIn(masks, chosen[0]!))
}

/** Texts to train on, each padded to a length. */
export function labelledBatch(texts: ExampleSequences, chosen: ArrayLike<number>, length: number): LabelledTexts {
  return {
    ids: tensor(texts.rows(chosen, length), { shape: [chosen.length, length] }),
    labels: tensor(Int32Array.from(chosen, (each) => texts.labels[each]!)),
  }
}

/** All of them, in order. */
export function* labelledBatches(texts: ExampleSequences, length: number): Generator<LabelledTexts> {
  for (const chosen of consecutive(texts.count)) yield labelledBatch(texts, chosen, length)
}

function* consecutive(count: number): Generator<number[]> {
  for (let start = 0; start < count; start += evaluationBatch) {
    yield Array.from({ length: Math.min(evaluationBatch, count - start) }, (_, index) => start + index)
  }
}
