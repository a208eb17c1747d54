import { sizeOf } from '@tlc/tensor'
import type { Budget, Budgeted } from './budget.ts'
import { roundHalfToEven } from './round-half-to-even.ts'

/**
 * Erdős-Rényi-kernel: the density of each weight is ε · Σ lengths / Π lengths, for a matrix ε (in + out) / (in · out), but
 * at most 1; ε is such that round((1 - sparsity) · n) of all n entries are kept, exactly. Large matrices end sparser
 * than small ones.
 *
 * @see Evci et al. 2020, Rigging the lottery, section 3; Mocanu et al. 2018 (recalled, not verified)
 */
export const erdosRenyiKernel: Budget = (weights, sparsity) => {
  const size = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const kept = wholeNumbers(keptEntries(weights, size - roundHalfToEven(sparsity * size)))
  return new Map(
    weights.map(({ name, shape }, index) => [name, sizeOf(shape) === 0 ? 0 : 1 - kept[index]! / sizeOf(shape)]),
  )
}

/** ε · Σ lengths for each weight, or its size if that is less, with ε such that the sum is `total`. */
function keptEntries(weights: readonly Budgeted[], total: number): number[] {
  const lengths = weights.map(({ shape }) => shape.reduce((sum, length) => sum + length, 0))
  const sizes = weights.map(({ shape }) => sizeOf(shape))
  const dense = new Set<number>()
  for (;;) {
    let left = total
    let sum = 0
    lengths.forEach((length, index) => {
      if (dense.has(index)) left -= sizes[index]!
      else sum += length
    })
    const epsilon = sum === 0 ? 0 : left / sum
    // What a dense one does not take goes to the others, so that more may become dense.
    const full = lengths.flatMap((length, index) =>
      !dense.has(index) && epsilon * length >= sizes[index]! ? [index] : [],
    )
    if (full.length === 0) return lengths.map((length, index) => (dense.has(index) ? sizes[index]! : epsilon * length))
    for (const index of full) dense.add(index)
  }
}

/** Whole numbers with the (whole) sum of the given ones, each less than 1 from its own: the largest rests are rounded up. */
function wholeNumbers(numbers: readonly number[]): number[] {
  const whole = numbers.map(Math.floor)
  const rest = (index: number): number => numbers[index]! - whole[index]!
  const missing = Math.round(numbers.reduce((sum, each) => sum + each, 0)) - whole.reduce((sum, each) => sum + each, 0)
  const largest = [...numbers.keys()].sort((a, b) => rest(b) - rest(a) || a - b)
  for (const index of largest.slice(0, missing)) whole[index]!++
  return whole
}
