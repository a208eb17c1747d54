import type { Key } from '@tlc/tensor'
import { randomIndices } from './random-indices.ts'

/**
 * A stream of standard normal numbers: √(-2 ln u₁) cos 2πu₂ with u₁, u₂ uniform.
 *
 * @see Box & Muller 1958, A note on the generation of random normal deviates
 */
export function randomNormals(key: Key): () => number {
  const draw = randomIndices(key)
  const uniform = () => (draw(2 ** 32) + 0.5) / 2 ** 32 // never 0, which has no logarithm
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}
