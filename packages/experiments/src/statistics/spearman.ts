import { key } from '@tlc/tensor'
import { randomIndices } from './random-indices.ts'
import { ranks } from './ranks.ts'

/**
 * Spearman's rank correlation: Pearson's correlation of the ranks, ρ = Σ (rᵢ - r̄)(sᵢ - s̄) / √(Σ (rᵢ - r̄)² Σ (sᵢ - s̄)²).
 * From -1 (each order is the other reversed) to 1 (same order); NaN where one side is constant and has no order.
 *
 * @see Spearman 1904, The proof and measurement of association between two things
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  check(x, y)
  return correlation(ranks(x), ranks(y))
}

export interface PermutationOptions {
  /** which ρ counts as at least as extreme: on either side (default), at most the observed, at least the observed */
  readonly alternative?: 'two-sided' | 'less' | 'greater'
  /** how many random orders above `exactUpTo` values, default 10000 */
  readonly permutations?: number
  readonly seed?: number
}

/** Up to this many values every order is tried (8! = 40,320). */
const exactUpTo = 8

export interface PermutationTest {
  readonly correlation: number
  /** chance of a ρ at least as extreme when the two sides are unrelated */
  readonly pValue: number
  /** whether every order was tried */
  readonly exact: boolean
}

/**
 * Permutation test of Spearman's ρ: the share of orders of y whose ρ with x is at least as extreme as the observed one.
 * All orders for up to 8 values; above, (1 + hits) / (1 + permutations) over random orders.
 *
 * @see Phipson & Smyth 2010, Permutation p-values should never be zero
 */
export function spearmanTest(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: PermutationOptions = {},
): PermutationTest {
  check(x, y)
  const { alternative = 'two-sided', permutations = 10_000, seed = 0 } = options
  const first = ranks(x)
  const second = ranks(y)
  const observed = correlation(first, second)
  if (Number.isNaN(observed)) return { correlation: observed, pValue: 1, exact: x.length <= exactUpTo }
  const extremeness = { 'two-sided': Math.abs, less: (rho: number) => -rho, greater: (rho: number) => rho }[alternative]
  const bar = extremeness(observed) - 1e-12 // sums of the same ranks in another order differ by rounding
  const exact = x.length <= exactUpTo
  let hits = 0
  let tried = 0
  for (const order of exact ? everyOrder(second) : randomOrders(second, permutations, seed)) {
    tried += 1
    if (extremeness(correlation(first, order)) >= bar) hits += 1
  }
  return { correlation: observed, pValue: exact ? hits / tried : (1 + hits) / (1 + tried), exact }
}

function check(x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length !== y.length)
    throw new RangeError(`spearman: the sides have ${x.length} and ${y.length} values; they must be pairs`)
  if (x.length < 2) throw new RangeError(`spearman: an order needs at least 2 pairs, got ${x.length}`)
}

function correlation(x: Float64Array, y: Float64Array): number {
  const middle = (x.length + 1) / 2 // the mean of ranks 1 … n, ties or not
  let xy = 0
  let xx = 0
  let yy = 0
  for (let item = 0; item < x.length; item++) {
    const dx = (x[item] as number) - middle
    const dy = (y[item] as number) - middle
    xy += dx * dy
    xx += dx * dx
    yy += dy * dy
  }
  return xy / Math.sqrt(xx * yy)
}

/** Heap's algorithm; yields the same array each time, in another order. */
function* everyOrder(values: Float64Array): Generator<Float64Array> {
  const order = values.slice()
  const counters = new Uint8Array(order.length)
  yield order
  for (let level = 1; level < order.length; ) {
    const counter = counters[level] as number
    if (counter < level) {
      swap(order, level % 2 === 0 ? 0 : counter, level)
      yield order
      counters[level] = counter + 1
      level = 1
    } else {
      counters[level] = 0
      level += 1
    }
  }
}

/** Fisher-Yates; yields the same array each time, in another order. */
function* randomOrders(values: Float64Array, count: number, seed: number): Generator<Float64Array> {
  const draw = randomIndices(key(seed))
  const order = values.slice()
  for (let made = 0; made < count; made++) {
    for (let last = order.length - 1; last > 0; last--) swap(order, draw(last + 1), last)
    yield order
  }
}

function swap(values: Float64Array, a: number, b: number): void {
  const kept = values[a] as number
  values[a] = values[b] as number
  values[b] = kept
}
