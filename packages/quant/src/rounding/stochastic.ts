import { type Key, philox } from '@tlc/tensor'
import type { Rounding } from './rounding.ts'

/**
 * Up with the probability of the fraction, else down, so that on average x is kept: ⌊x + u⌋, u even over 0 … 1.
 * u is drawn by the key and the weight's place: the same key gives the same codes, in any order.
 * Give each tensor a key of its own, by `foldIn`.
 *
 * @see Gupta et al. 2015, Deep learning with limited numerical precision, section 3
 */
export function stochastic(key: Key): Rounding {
  // One call makes four words, for four neighbors.
  let words: readonly number[] = []
  let made = -1
  return (x, index) => {
    const call = Math.floor(index / 4)
    if (call !== made) words = philox([call >>> 0, Math.floor(call / 2 ** 32), 0, 0], key)
    made = call
    return Math.floor(x + words[index % 4]! * 2 ** -32)
  }
}
