import { breathe } from '@tlc/nn'
import { crossEntropy, scope } from '@tlc/tensor'
import { accuracy, f1Score, matthewsCorrelation, type RobertaForSequenceClassification } from '@tlc/transformer'
import type { ExampleSequences } from '../data/index.ts'
import { labelledBatch } from '../study/batches.ts'
import { byLength } from './by-length.ts'
import type { Measured } from './train-in-folder.ts'

const evaluationBatch = 64

/**
 * How well a classifier does: the mean loss in nats, the share of texts whose class it finds, the mean F1 of the classes,
 * and the Matthews correlation.
 */
export async function judgeClassifier(
  model: RobertaForSequenceClassification,
  texts: ExampleSequences,
  onDone: (texts: number) => void = () => undefined,
): Promise<Measured> {
  const guesses = new Int32Array(texts.count)
  let total = 0
  let done = 0
  for (const chosen of byLength(texts.lengths, evaluationBatch)) {
    await breathe()
    using _batch = scope()
    const { ids, labels } = labelledBatch(texts, chosen, longestOf(texts, chosen))
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
    loss: total / texts.count,
    accuracy: accuracy(guesses, texts.labels),
    macroF1: f1Score(guesses, texts.labels, { average: 'macro' }),
    matthews: matthewsCorrelation(guesses, texts.labels),
  }
}

/** Ids of the longest of the chosen sequences. */
export function longestOf({ lengths }: ExampleSequences, chosen: ArrayLike<number>): number {
  return Array.from(chosen).reduce((most, index) => Math.max(most, lengths[index]!), 0)
}
