import { type Tensor, topK } from '@tlc/tensor'
import type { Candidates } from '../generation/sequence-model.ts'

/** Reads the `count` largest of each row of log-probabilities `[rows, vocabularySize]`, chosen where they lie. */
export async function readMostProbable(logProbabilities: Tensor, count: number): Promise<Candidates> {
  const chosen = topK(logProbabilities, count)
  using values = chosen.values
  using ids = chosen.ids
  const [most, tokens] = await Promise.all([values.data(), ids.data()])
  return { count, tokens: tokens as Int32Array, logProbabilities: most as Float32Array }
}
