import { type Key, philox } from '@tlc/tensor'

/**
 * A stream of whole numbers, uniform on 0 … count - 1: ⌊u · count / 2³²⌋ with u the words of Philox4x32-10 in order.
 * The same key gives the same numbers on every machine. No number is likelier than another by more than count / 2³².
 */
export function randomIndices(key: Key): (count: number) => number {
  let block = 0
  let words: readonly number[] = []
  let next = 4
  return (count) => {
    if (next === 4) {
      words = philox([block >>> 0, Math.floor(block / 2 ** 32), 0, 2], key)
      block += 1
      next = 0
    }
    return Math.floor(((words[next++] as number) * count) / 2 ** 32)
  }
}
