import { type ClassCounts, countClasses } from './confusion.ts'

/**
 * Over which classes: `binary` of one alone; `macro` the mean of all, each counted alike; `micro` of all predictions
 * together, where precision, recall and F1 are all the accuracy.
 */
export type Averaging = 'binary' | 'macro' | 'micro'

export interface F1Options {
  /** 'binary' by default */
  readonly average?: Averaging
  /** the class that binary scores are of, 1 by default */
  readonly positive?: number
}

export interface F1Scores {
  /** part of the predictions of a class that are right, 0 if there are none */
  readonly precision: number
  /** part of a class that is found, 0 if there is none of it */
  readonly recall: number
  /** 2PR / (P + R) */
  readonly f1: number
}

type Counts = ReadonlyMap<number, ClassCounts>

const averages: { readonly [A in Averaging]: (counts: Counts, positive: number) => F1Scores } = {
  binary: (counts, positive) => scoresOf(counts.get(positive) ?? { predicted: 0, labelled: 0, both: 0 }),
  macro: (counts) => {
    const each = [...counts.values()].map(scoresOf)
    const mean = (field: keyof F1Scores): number => each.reduce((sum, scores) => sum + scores[field], 0) / each.length
    return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') }
  },
  micro: (counts) => {
    const sum = (field: keyof ClassCounts): number => [...counts.values()].reduce((before, of) => before + of[field], 0)
    return scoresOf({ predicted: sum('predicted'), labelled: sum('labelled'), both: sum('both') })
  },
}

/**
 * Precision P = TP / (TP + FP), recall R = TP / (TP + FN) and F1 = 2PR / (P + R) of predicted classes, 0 to 1. Macro
 * averages are over the classes that occur among predictions or labels; macro F1 is the mean of their F1.
 *
 * @throws RangeError for no predictions, or labels for another number of them
 * @see Van Rijsbergen 1979, chapter 7; Opitz & Burst 2019 (macro F1)
 */
export function precisionRecallF1(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  { average = 'binary', positive = 1 }: F1Options = {},
): F1Scores {
  return averages[average](countClasses('precisionRecallF1', predictions, labels), positive)
}

/** F1 alone, of `precisionRecallF1`. */
export function f1Score(predictions: ArrayLike<number>, labels: ArrayLike<number>, options: F1Options = {}): number {
  return precisionRecallF1(predictions, labels, options).f1
}

function scoresOf({ predicted, labelled, both }: ClassCounts): F1Scores {
  const part = (of: number): number => (of > 0 ? both / of : 0)
  // 2PR / (P + R) with one division less.
  return { precision: part(predicted), recall: part(labelled), f1: part((predicted + labelled) / 2) }
}
