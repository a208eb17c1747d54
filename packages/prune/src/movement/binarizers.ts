import type { Scored } from '../structures/structure.ts'
import { unstructured } from '../structures/unstructured.ts'

/** Masks from scores, for weights that are ranked together; 0 where `kept` is. */
export type Binarizer = (weights: readonly Scored[]) => Uint8Array[]

/**
 * Keeps the ⌊v n⌋ highest of n scores; of equals the last.
 *
 * @param keep v, 0 to 1
 * @see Sanh et al. 2020, section 4
 */
export function topK(keep: number): Binarizer {
  return (weights) => keepHighest(weights, Math.floor(keep * sizeOf(weights)))
}

/**
 * Keeps scores above a threshold, but of n at least the ⌊n / 200⌋ + 1 highest, so that no layer goes dead.
 *
 * @param threshold with `sigmoid`, of σ(S), 0 to 1; without, of S itself
 * @see Sanh et al. 2020, section 4, soft movement pruning
 */
export function aboveThreshold(threshold: number, { sigmoid }: { readonly sigmoid: boolean }): Binarizer {
  const bound = sigmoid ? Math.log(threshold / (1 - threshold)) : threshold
  return (weights) => {
    const masks = weights.map(({ scores, kept }) => kept.map((flag, index) => (scores[index]! > bound ? flag : 0)))
    const least = Math.floor(sizeOf(weights) / 200) + 1
    const kept = masks.reduce((sum, mask) => mask.reduce((count, flag) => count + flag, sum), 0)
    return kept < least ? keepHighest(weights, least) : masks
  }
}

function keepHighest(weights: readonly Scored[], count: number): Uint8Array[] {
  const size = sizeOf(weights)
  return size === 0 ? weights.map(() => new Uint8Array(0)) : unstructured(weights, 1 - count / size)
}

function sizeOf(weights: readonly Scored[]): number {
  return weights.reduce((sum, { kept }) => sum + kept.length, 0)
}
