import type { Hypothesis } from './hypothesis.ts'
import type { GenerationOptions } from './options.ts'
import { generateRowByRow, nothingFollows } from './row-by-row.ts'
import type { SequenceModel } from './sequence-model.ts'

/**
 * The most probable token at each place, the first of equal ones, up to the end token.
 *
 * @returns one hypothesis for each source
 * @throws RangeError for lengths that are impossible, and for sources that the model refuses
 */
export function greedyDecode(
  model: SequenceModel,
  sources: readonly Int32Array[],
  options: GenerationOptions = {},
): Promise<readonly Hypothesis[]> {
  return generateRowByRow(model, sources, options, mostProbable)
}

function mostProbable(logProbabilities: Float32Array, source: number, place: number): number {
  let token = -1
  let most = -Infinity
  for (let id = 0; id < logProbabilities.length; id++) {
    const x = logProbabilities[id]!
    if (!(x > most)) continue
    most = x
    token = id
  }
  if (token < 0) throw nothingFollows(source, place)
  return token
}
