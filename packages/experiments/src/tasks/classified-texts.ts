import { breathe } from '@tlc/nn'
import { crossEntropy, scope, type Tensor, tensor } from '@tlc/tensor'
import { accuracy, f1Score, matthewsCorrelation, type RobertaForSequenceClassification } from '@tlc/transformer'
import type { ExampleSequences } from '../data/index.ts'
import { labelledBatch } from '../study/batches.ts'
import { byLength } from './by-length.ts'
import type { Measured } from './train-in-folder.ts'

const evaluationBatch = 64

/**
 * How well a classifier does: the mean loss in nats, the share of texts whose class it finds, the mean F1 of the classes,
 * and the Matthews correlation. Of a text in several windows the logits are averaged.
 */
export async function judgeClassifier(
  model: RobertaForSequenceClassification,
  texts: ExampleSequences,
  onDone: (sequences: number) => void = () => undefined,
): Promise<Measured> {
  const logits = await logitsOf(model, texts, onDone) // [texts, labels]
  const labels = new Int32Array(texts.itemCount)
  texts.items.forEach((item, sequence) => {
    labels[item] = texts.labels[sequence]!
  })
  using _measure = scope()
  const all = tensor(logits, { shape: [texts.itemCount, model.labels] })
  const guesses = await all.argMax().data()
  return {
    loss: await crossEntropy(all, tensor(labels)).item(),
    accuracy: accuracy(guesses, labels),
    macroF1: f1Score(guesses, labels, { average: 'macro' }),
    matthews: matthewsCorrelation(guesses, labels),
  }
}

/** The logits of each text, the mean over its windows. `[texts, labels]` */
async function logitsOf(
  model: RobertaForSequenceClassification,
  texts: ExampleSequences,
  onDone: (sequences: number) => void,
): Promise<Float32Array> {
  const windows = new Int32Array(texts.itemCount)
  for (const item of texts.items) windows[item]!++
  const logits = new Float32Array(texts.itemCount * model.labels)
  let done = 0
  for (const chosen of byLength(texts.lengths, evaluationBatch)) {
    await breathe()
    using _batch = scope()
    const { ids } = labelledBatch(texts, chosen, longestOf(texts, chosen))
    const found = await model.forward(ids).data()
    chosen.forEach((sequence, row) => {
      const item = texts.items[sequence]!
      for (let label = 0; label < model.labels; label++)
        logits[item * model.labels + label]! += found[row * model.labels + label]! / windows[item]!
    })
    done += chosen.length
    onDone(done)
  }
  return logits
}

/** Ids of the longest of the chosen sequences. */
export function longestOf({ lengths }: ExampleSequences, chosen: ArrayLike<number>): number {
  return Array.from(chosen).reduce((most, index) => Math.max(most, lengths[index]!), 0)
}

/** Ids of a batch as judging has them, of texts of middling length. i32 `[texts, length]` */
export function typicalIds(texts: ExampleSequences): Tensor {
  const batches = byLength(texts.lengths, evaluationBatch)
  const chosen = batches[(batches.length - 1) >> 1]!
  return labelledBatch(texts, chosen, longestOf(texts, chosen)).ids
}
