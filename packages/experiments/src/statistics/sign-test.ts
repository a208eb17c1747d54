import { fairCoinTest } from './binomial.ts'

export interface SignTest {
  readonly positive: number
  readonly negative: number
  /** chance of a split at least this uneven when either sign is as likely; zeros are left out */
  readonly pValue: number
}

/**
 * Sign test of paired differences: of those that are not zero, the positive ones ~ Binomial(n, ½); two-sided.
 *
 * @see Dixon & Mood 1946, The statistical sign test
 */
export function signTest(differences: ArrayLike<number>): SignTest {
  let positive = 0
  let negative = 0
  for (let item = 0; item < differences.length; item++) {
    const difference = differences[item] as number
    if (Number.isNaN(difference)) throw new RangeError(`signTest: difference ${item} is NaN`)
    if (difference > 0) positive += 1
    if (difference < 0) negative += 1
  }
  return { positive, negative, pValue: fairCoinTest(positive, positive + negative) }
}
