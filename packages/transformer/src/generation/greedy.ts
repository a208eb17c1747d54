import { mostProbable } from './candidates.ts'
import type { Hypothesis } from './hypothesis.ts'
import type { GenerationOptions } from './options.ts'
import { generateRowByRow } from './row-by-row.ts'
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
  const { config } = model
  return generateRowByRow(model, sources, options, (scorer, tokens, { place }) =>
    mostProbable(scorer, tokens, 1, { config, length: place + 1, options }),
  )
}
