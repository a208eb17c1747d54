import { fairCoinTest } from './binomial.ts'

export interface McNemarTest {
  /** items that only the first got right */
  readonly onlyFirst: number
  /** items that only the second got right */
  readonly onlySecond: number
  /** chance of a split at least this uneven when both are equally accurate; 1 when they agree on every item */
  readonly pValue: number
}

/**
 * McNemar's exact test of two classifiers on the same items. Items that both got right or both wrong say nothing; of the
 * b + c others, b ~ Binomial(b + c, ½) when both are equally accurate; two-sided.
 *
 * @param first whether the first classifier was right, per item (true or 1)
 * @see McNemar 1947; Dietterich 1998, Approximate statistical tests for comparing classification algorithms, section 3.1
 */
export function mcNemarTest(first: ArrayLike<number | boolean>, second: ArrayLike<number | boolean>): McNemarTest {
  if (first.length !== second.length) {
    throw new RangeError(
      `mcNemarTest: the classifiers saw ${first.length} and ${second.length} items; they must be the same items`,
    )
  }
  let onlyFirst = 0
  let onlySecond = 0
  for (let item = 0; item < first.length; item++) {
    if (first[item] && !second[item]) onlyFirst += 1
    if (!first[item] && second[item]) onlySecond += 1
  }
  return { onlyFirst, onlySecond, pValue: fairCoinTest(onlyFirst, onlyFirst + onlySecond) }
}
