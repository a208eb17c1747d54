import { unpackItems } from '../packed-items.ts'
import type { CompressionPoint, Measurements } from '../results.ts'

/** A compression point with its model's place in the order of size. */
export interface Candidate {
  readonly point: CompressionPoint
  /** index of the model, 0 for the smallest */
  readonly size: number
  /** bytes of the uncompressed model over bytes of this artefact */
  readonly compression: number
  /** right (1) or wrong (0), per evaluation item */
  readonly correct: Uint8Array
}

/** Every compression point of the study, by rising bytes, so that of equally accurate ones the smallest comes first. */
export function candidatesOf(study: Measurements): Candidate[] {
  const points = study.compression.toSorted((a, b) => a.bytes - b.bytes || (a.model < b.model ? -1 : 1))
  return points.map((point) => {
    const size = study.models.findIndex(({ name }) => name === point.model)
    return {
      point,
      size,
      compression: (study.models[size]?.bytes as number) / point.bytes,
      correct: unpackItems(point.correct, study.task.items),
    }
  })
}

/** Accuracy on the items at the given indices. */
export function accuracyOn(correct: Uint8Array, indices: Uint32Array): number {
  let right = 0
  for (let i = 0; i < indices.length; i++) right += correct[indices[i] as number] as number
  return right / indices.length
}

/**
 * The two ways of choosing on one half of the items and measuring on the other: the best of many noisy accuracies is
 * flattered by its noise, and an item that helped to choose must not help to judge. An item is in the half of its
 * own number's parity, so that an item drawn twice stays in one half.
 */
export function splits(indices: Uint32Array): readonly (readonly [choose: Uint32Array, measure: Uint32Array])[] {
  const halves = new Uint32Array(indices.length) // even items from the front, odd ones from the back
  let [front, back] = [0, indices.length]
  for (let i = 0; i < indices.length; i++) {
    const item = indices[i] as number
    if (item % 2 === 0) halves[front++] = item
    else halves[--back] = item
  }
  const [even, odd] = [halves.subarray(0, front), halves.subarray(front)]
  return [
    [even, odd],
    [odd, even],
  ]
}

/** Every item once. */
export function everyItem(study: Measurements): Uint32Array {
  return Uint32Array.from({ length: study.task.items }, (_, item) => item)
}
