import { foldIn, type Key, philox } from '@tlc/tensor'
import type { Hypothesis } from './hypothesis.ts'
import { Largest } from './largest.ts'
import { type GenerationOptions, wholeNumber } from './options.ts'
import { generateRowByRow, nothingFollows } from './row-by-row.ts'
import type { SequenceModel } from './sequence-model.ts'

export interface SampleOptions extends GenerationOptions {
  /** what is drawn from: the same key gives the same targets. Source i has the stream `foldIn(key, i)`. */
  readonly key: Key
  /** τ > 0: probabilities are taken to the power 1/τ; 1 by default */
  readonly temperature?: number | undefined
  /** draw from the k most probable tokens only; from all by default. @see Fan et al. 2018, section 5.4 */
  readonly topK?: number | undefined
  /**
   * 0 < p <= 1: draw from the fewest most probable tokens that have p together, after `topK`; 1 by default
   *
   * @see Holtzman et al. 2020, eq. 2
   */
  readonly topP?: number | undefined
}

/**
 * Each token drawn from what the model says about it.
 *
 * @returns one hypothesis for each source, with the probability that the model gives it, whatever the temperature
 * @throws RangeError for options that are impossible, and for sources that the model refuses
 */
export async function sampleDecode(
  model: SequenceModel,
  sources: readonly Int32Array[],
  options: SampleOptions,
): Promise<readonly Hypothesis[]> {
  const { key, temperature = 1, topK = model.config.vocabularySize, topP = 1 } = options
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(`generation: temperature must be > 0, got ${temperature}; greedyDecode is the limit at 0`)
  }
  wholeNumber('topK', topK, 1)
  if (!(topP > 0 && topP <= 1)) throw new RangeError(`generation: topP must be 0 < topP <= 1, got ${topP}`)
  return generateRowByRow(model, sources, options, (logProbabilities, source, place) => {
    const likely = mostLikely(weigh(logProbabilities, temperature), topK, topP)
    if (likely.length === 0) throw nothingFollows(source, place)
    const even = philox([place, 0, 0, 0], foldIn(key, source))[0] / 2 ** 32 // 0 <= even < 1
    return draw(likely, even)
  })
}

/** A token and what its probability is proportional to. */
interface Weighted {
  readonly id: number
  readonly weight: number
}

/** (p / the largest p)^(1/τ) of the tokens that are possible, in the order of their ids. */
function weigh(logProbabilities: Float32Array, temperature: number): readonly Weighted[] {
  const largest = logProbabilities.reduce((most, x) => (x > most ? x : most), -Infinity)
  const weighted: Weighted[] = []
  logProbabilities.forEach((x, id) => {
    const weight = Math.exp((x - largest) / temperature)
    if (weight > 0) weighted.push({ id, weight })
  })
  return weighted
}

function mostLikely(all: readonly Weighted[], topK: number, topP: number): readonly Weighted[] {
  const first = topK < all.length ? largestOf(all, topK) : all
  if (topP === 1) return first
  const total = first.reduce((sum, { weight }) => sum + weight, 0)
  // All tokens below this weight together have less than 1 - p, so none of them is needed: few are left to sort.
  const least = ((1 - topP) * total) / first.length
  const sorted = first.filter(({ weight }) => weight >= least).sort((a, b) => b.weight - a.weight)
  let sum = 0
  const count = sorted.findIndex(({ weight }) => {
    sum += weight
    return sum >= topP * total
  })
  return count < 0 ? sorted : sorted.slice(0, count + 1)
}

function largestOf(all: readonly Weighted[], count: number): readonly Weighted[] {
  const largest = new Largest(count)
  all.forEach(({ weight }, index) => {
    if (weight > largest.bar) largest.take(weight, index)
  })
  return largest.ids.map((index) => all[index]!)
}

function draw(tokens: readonly Weighted[], even: number): number {
  const target = even * tokens.reduce((sum, { weight }) => sum + weight, 0)
  let sum = 0
  const drawn = tokens.find(({ weight }) => {
    sum += weight
    return sum > target
  })
  return (drawn ?? tokens.at(-1)!).id
}
