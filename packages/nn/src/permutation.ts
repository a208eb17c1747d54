import { type Key, philox } from '@tlc/tensor'

/**
 * 0..length-1 in the random order that a key names: swaps each place, from the last down, with an even choice of those
 * not after it.
 *
 * @see Durstenfeld 1964, algorithm 235
 */
export function permutation(key: Key, length: number): Int32Array {
  const order = Int32Array.from({ length }, (_, index) => index)
  const word = wordsOf(key)
  for (let last = length - 1; last > 0; last--) {
    const chosen = below(last + 1, word)
    const moved = order[last]!
    order[last] = order[chosen]!
    order[chosen] = moved
  }
  return order
}

/** An even whole number 0 <= n < bound <= 2³². Words of the incomplete last round are thrown away. */
function below(bound: number, word: () => number): number {
  const complete = 2 ** 32 - (2 ** 32 % bound)
  for (;;) {
    const drawn = word()
    if (drawn < complete) return drawn % bound
  }
}

/** The words of a key's stream, one by one. */
function wordsOf(key: Key): () => number {
  let drawn = 0
  let block = philox([0, 0, 0, 0], key)
  return () => {
    if (drawn > 0 && drawn % 4 === 0) block = philox([drawn / 4, 0, 0, 0], key)
    return block[drawn++ % 4]!
  }
}
