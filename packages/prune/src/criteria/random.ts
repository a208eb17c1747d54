import { foldIn, type Key, philox } from '@tlc/tensor'
import type { Criterion } from './criterion.ts'

/** Even random numbers: each weight has a stream of its own, named by the key and its name, whatever else is pruned. */
export function random(key: Key): Criterion {
  return (weight, { name }) => {
    const own = [...name].reduce((stream, letter) => foldIn(stream, letter.codePointAt(0)!), key)
    const scores = new Float32Array(weight.length)
    for (let index = 0; index < scores.length; index += 4) {
      const words = philox([index / 4, 0, 0, 0], own)
      for (let word = 0; word < 4 && index + word < scores.length; word++) scores[index + word] = words[word]!
    }
    return scores
  }
}
