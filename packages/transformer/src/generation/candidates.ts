import { Largest } from './largest.ts'
import { forbidden, type GenerationOptions } from './options.ts'
import type { Candidates, NextTokenScorer, SequenceConfig } from './sequence-model.ts'

/** A scorer is asked for so many of a row at most: for more, all are read and looked through. */
const fewCandidates = 32

/** A place in targets, for which tokens are looked for. */
export interface Place {
  readonly config: SequenceConfig
  /** of the targets with this token */
  readonly length: number
  readonly options: GenerationOptions
}

/**
 * Puts a token at the end of each row; returns the `count` most probable of those that may follow.
 *
 * @param tokens one for each row
 */
export async function mostProbable(
  scorer: NextTokenScorer,
  tokens: Int32Array,
  count: number,
  { config, length, options }: Place,
): Promise<Candidates> {
  const never = forbidden(config, length, options)
  // So many that enough are left when the forbidden ones are taken out.
  const wanted = Math.min(count + never.length, config.vocabularySize)
  const found =
    scorer.stepToBest && wanted <= fewCandidates
      ? await scorer.stepToBest(tokens, wanted)
      : largestOfRows(await scorer.step(tokens), config.vocabularySize, wanted)
  return allowed(found, never, count)
}

/** The `count` largest of each row of log-probabilities. */
function largestOfRows(logProbabilities: Float32Array, vocabularySize: number, count: number): Candidates {
  const rows = logProbabilities.length / vocabularySize
  const found = none(rows, count)
  for (let row = 0; row < rows; row++) {
    const largest = new Largest(count)
    largest.offerAll(logProbabilities.subarray(row * vocabularySize, (row + 1) * vocabularySize))
    found.tokens.set(largest.ids, row * count)
    found.logProbabilities.set(largest.values, row * count)
  }
  return found
}

/** The first `count` candidates of each row that are not forbidden. */
function allowed(found: Candidates, never: readonly number[], count: number): Candidates {
  if (never.length === 0 && found.count === count) return found
  const rows = found.tokens.length / found.count
  const left = none(rows, count)
  for (let row = 0; row < rows; row++) {
    let place = row * count
    for (let from = row * found.count; from < (row + 1) * found.count && place < (row + 1) * count; from++) {
      if (never.includes(found.tokens[from]!)) continue
      left.tokens[place] = found.tokens[from]!
      left.logProbabilities[place++] = found.logProbabilities[from]!
    }
  }
  return left
}

function none(rows: number, count: number): Candidates {
  const size = rows * count
  return { count, tokens: new Int32Array(size).fill(-1), logProbabilities: new Float32Array(size).fill(-Infinity) }
}
