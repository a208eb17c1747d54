import { breathe } from '@tlc/nn'
import { crossEntropy, scope, tensor } from '@tlc/tensor'
import {
  accuracy,
  f1Score,
  type LabelledTexts,
  matthewsCorrelation,
  type RobertaForSequenceClassification,
  type Tokenizer,
  type TokenizerInput,
} from '@tlc/transformer'
import { cutNote, encodeTexts } from './encode-texts.ts'
import type { Example } from './examples.ts'
import { byLength, padded } from './padded.ts'
import type { TaskOptions } from './task.ts'
import type { Measured } from './train-in-folder.ts'

/** Texts, or pairs of texts, as ids, and their classes. */
export interface ClassifiedTexts {
  /** `<s> … </s>` or `<s> … </s></s> … </s>` each */
  readonly sequences: readonly Int32Array[]
  readonly labels: Int32Array
}

/** Encodes texts for a classifier, and says how many had to be cut. */
export function encodeClassified(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  { length, what }: { readonly length: number; readonly what: string },
  { onProgress }: TaskOptions,
): ClassifiedTexts {
  const inputs = examples.map(({ texts }) => (texts.length === 1 ? texts[0]! : texts) as TokenizerInput)
  const encoded = encodeTexts(tokenizer, inputs, length)
  const message = cutNote(what, encoded, length)
  if (message !== undefined) onProgress?.({ phase: 'note', message })
  return { sequences: encoded.sequences, labels: Int32Array.from(examples, ({ label }) => label) }
}

/** The chosen texts as tensors. */
export function classifiedBatch(
  { sequences, labels }: ClassifiedTexts,
  chosen: ArrayLike<number>,
  paddingId: number,
): LabelledTexts {
  return {
    ids: padded(
      Array.from(chosen, (index) => sequences[index]!),
      paddingId,
    ),
    labels: tensor(Int32Array.from(chosen, (index) => labels[index]!)),
  }
}

const evaluationBatch = 64

/**
 * How well a classifier does: the mean loss in nats, the share of texts whose class it finds, the mean F1 of the classes,
 * and the Matthews correlation.
 */
export async function judgeClassifier(
  model: RobertaForSequenceClassification,
  texts: ClassifiedTexts,
  onDone: (texts: number) => void = () => undefined,
): Promise<Measured> {
  const { paddingId } = model.roberta.config
  const guesses = new Int32Array(texts.labels.length)
  let total = 0
  let done = 0
  const lengths = texts.sequences.map((ids) => ids.length)
  for (const chosen of byLength(lengths, evaluationBatch)) {
    await breathe()
    using _batch = scope()
    const { ids, labels } = classifiedBatch(texts, chosen, paddingId)
    const logits = model.forward(ids)
    total += (await crossEntropy(logits, labels).item()) * chosen.length
    const found = await logits.argMax().data()
    chosen.forEach((index, row) => {
      guesses[index] = found[row]!
    })
    done += chosen.length
    onDone(done)
  }
  return {
    loss: total / texts.labels.length,
    accuracy: accuracy(guesses, texts.labels),
    macroF1: f1Score(guesses, texts.labels, { average: 'macro' }),
    matthews: matthewsCorrelation(guesses, texts.labels),
  }
}
