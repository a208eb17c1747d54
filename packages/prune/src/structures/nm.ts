import { matrixOf } from './matrix.ts'
import { lnNorm } from './norm.ts'
import type { NormOptions } from './slices.ts'
import type { Scored, Structure } from './structure.ts'
import { pruneTogether } from './units.ts'

/**
 * N:M sparsity: of each m entries that follow one another in a row, along the input, keeps the n with the highest scores
 * (of equals the last). Rows are those of the first axis; at the end of one that m does not divide, n at most are kept of
 * what is left.
 *
 * At sparsity 1 - n/m that is all groups. Below it, as in a gradual schedule, whole groups are thinned, first those whose
 * losers score least.
 *
 * @throws RangeError unless 0 < n < m are whole; when applied, if the sparsity is above 1 - n/m
 * @see Mishra et al. 2021, Accelerating sparse deep neural networks, section 3 (recalled, not verified)
 */
export function nm(n: number, m: number, { norm = lnNorm(1) }: NormOptions = {}): Structure {
  if (!(Number.isInteger(n) && Number.isInteger(m) && 0 < n && n < m))
    throw new RangeError(`nm: keeps n of m entries with whole 0 < n < m, got ${n} of ${m}`)
  return (weights, sparsity) => {
    // A third and the like are not exact.
    if (sparsity > 1 - n / m + 1e-9) {
      throw new RangeError(
        `nm: ${n}:${m} prunes ${1 - n / m} of the entries, ${sparsity} is asked for; give that, or another n and m`,
      )
    }
    let count = 0
    const of = weights.map((weight) => {
      const { labels, groups } = losers(weight, n, m, count)
      count += groups
      return labels
    })
    return pruneTogether(weights, { count, of }, sparsity, norm)
  }
}

/** Each entry that would go, by the number of its group; -1 for those that stay. */
function losers(weight: Scored, n: number, m: number, first: number): { labels: Int32Array; groups: number } {
  const [rows, columns] = matrixOf(weight.shape)
  const labels = new Int32Array(weight.kept.length).fill(-1)
  let groups = 0
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column += m) {
      const from = row * columns + column
      const length = Math.min(m, columns - column)
      for (let due = length - n; due > 0; due--) labels[lowest(weight, labels, from, from + length)] = first + groups
      groups++
    }
  }
  return { labels, groups }
}

/** The entry to go next from from..to-1: one that was pruned before, else that with the lowest score. */
function lowest({ scores, kept }: Scored, labels: Int32Array, from: number, to: number): number {
  let found = -1
  let least = Infinity
  for (let index = from; index < to; index++) {
    if (labels[index]! >= 0) continue
    const score = kept[index] === 0 ? -Infinity : scores[index]!
    if (found >= 0 && score >= least) continue
    found = index
    least = score
  }
  return found
}
