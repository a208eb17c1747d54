import { withBackend } from '../context.ts'
import { randomBits } from '../create.ts'
import { less, mul, where } from '../operations/elementwise.ts'
import type { Key } from '../random.ts'
import { floatType } from '../rules.ts'
import type { Composite } from './composite.ts'

export interface DropoutParameters {
  readonly key: Key
  /** the probability of dropping, 0 <= rate < 1 */
  readonly rate: number
}

/** The words below this one are dropped: rate · 2³², rounded to a whole word. */
export function dropoutThreshold(rate: number): number {
  return Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1)
}

/**
 * y = x / (1 - rate) where the random word of the element is at least rate · 2³², else 0. The same call on dy, with
 * the same key, is its derivative, so no mask is stored.
 *
 * @see Srivastava et al. 2014
 */
export const dropout: Composite<DropoutParameters> = {
  name: 'dropout',
  outputs([x], { rate }) {
    const dtype = floatType('dropout', [x!])
    if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout: rate must be 0 <= rate < 1, got ${rate}`)
    return [{ shape: x!.shape, dtype }]
  },
  formula([x], { key, rate }) {
    const words = withBackend(x!.backend, () => randomBits(key, x!.shape))
    const dropped = less(words, dropoutThreshold(rate))
    return [where(dropped, 0, mul(x!, 1 / (1 - rate)))]
  },
}
