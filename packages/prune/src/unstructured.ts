import type { Structure } from './structure.ts'
import { roundHalfToEven } from './structures/round-half-to-even.ts'

/**
 * Prunes single entries wherever they are: of n entries, the k = round(sparsity · n) with the lowest scores (halves to
 * even, as PyTorch counts). Entries pruned before count among the k and are never revived, so that when there are
 * already k or more of them nothing changes. Of equal scores, those that come first go first: by the order of the
 * weights, then row-major.
 */
export const unstructured: Structure = (weights, sparsity) => {
  const masks = weights.map(({ kept }) => kept.slice())
  let size = 0
  let candidates = 0
  for (const { kept } of weights) {
    size += kept.length
    for (const flag of kept) candidates += flag
  }
  const due = roundHalfToEven(sparsity * size) - (size - candidates)
  if (due <= 0) return masks

  const sorted = sortedScores(weights, candidates)
  const threshold = sorted[due - 1]!
  let firstTie = due - 1
  while (firstTie > 0 && sorted[firstTie - 1] === threshold) firstTie--
  let ties = due - firstTie

  weights.forEach(({ scores }, which) => {
    const mask = masks[which]!
    for (let index = 0; index < mask.length; index++) {
      if (mask[index] === 0) continue
      const score = scores[index]!
      if (score < threshold || (score === threshold && ties-- > 0)) mask[index] = 0
    }
  })
  return masks
}

function sortedScores(weights: Parameters<Structure>[0], count: number): Float32Array {
  const sorted = new Float32Array(count)
  let next = 0
  for (const { scores, kept } of weights) {
    for (let index = 0; index < kept.length; index++) if (kept[index] === 1) sorted[next++] = scores[index]!
  }
  return sorted.sort()
}
