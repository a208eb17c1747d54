import { type Key, philox } from '@tlc/tensor'

/** The numbers of a key's stream, 0 <= number < 1, one by one. */
export function drawsOf(stream: Key): () => number {
  let drawn = 0
  return () => philox([drawn++, 0, 0, 0], stream)[0] / 2 ** 32
}
