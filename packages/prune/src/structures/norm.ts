/** How the scores of entries that are pruned together become one score: a fold over them. */
export interface Norm {
  /** of no entries */
  readonly start: number
  readonly add: (total: number, score: number) => number
  /** @param size entries in all, those pruned before included, which were not added */
  readonly end: (total: number, size: number) => number
}

const limits: ReadonlyMap<number, Norm> = new Map([
  [Infinity, { start: 0, add: (total, score) => Math.max(total, Math.abs(score)), end: (total) => total }],
  [-Infinity, { start: Infinity, add: (total, score) => Math.min(total, Math.abs(score)), end: (total) => total }],
])

/**
 * The Lₙ norm of scores by its mean, (Σ |s|ⁿ / size)^(1/n), so that units of different sizes can be compared; of units of
 * one size the order is that of the norm. n = 1 is the mean, ∞ the largest and -∞ the smallest |s|.
 *
 * @throws RangeError unless n is ±∞ or > 0
 * @see Li et al. 2017, Pruning filters for efficient ConvNets, section 3.1, n = 1 (recalled, not verified)
 */
export function lnNorm(n: number): Norm {
  const limit = limits.get(n)
  if (limit) return limit
  if (!(n > 0)) throw new RangeError(`lnNorm: n must be > 0, Infinity or -Infinity, got ${n}`)
  return {
    start: 0,
    add: (total, score) => total + Math.abs(score) ** n,
    end: (total, size) => (total / size) ** (1 / n),
  }
}
