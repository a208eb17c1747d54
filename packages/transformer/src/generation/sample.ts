import { foldIn, type Key, philox } from '@tlc/tensor'
import type { Hypothesis } from './hypothesis.ts'
import { Largest } from './largest.ts'
import { forbidden, type GenerationOptions, wholeNumber } from './options.ts'
import { type Chosen, generateRowByRow, type Rows } from './row-by-row.ts'
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
  return generateRowByRow(model, sources, options, async (scorer, tokens, rows) => {
    const never = forbidden(model.config, rows.place + 1, options)
    return eachRow(await scorer.step(tokens), rows, (logProbabilities, source) => {
      for (const id of never) logProbabilities[id] = -Infinity
      const all = weigh(logProbabilities, mostProbable(logProbabilities, topK), temperature)
      if (all.ids.length === 0) return -1
      const even = philox([rows.place, 0, 0, 0], foldIn(key, source))[0] / 2 ** 32 // 0 <= even < 1
      return draw(topP < 1 ? nucleus(all, topP) : all, even)
    })
  })
}

/** Chooses for one row after the other. No part of a function that waits: V8 optimizes loops better without. */
function eachRow(all: Float32Array, { sources }: Rows, choose: (row: Float32Array, source: number) => number): Chosen {
  const size = all.length / sources.length
  const tokens = Int32Array.from(sources, (source, row) => choose(all.subarray(row * size, (row + 1) * size), source))
  return { tokens, logProbabilities: Float32Array.from(tokens, (token, row) => all[row * size + token]!) }
}

/** Tokens, and what the probability of each is proportional to. */
interface Weighted {
  readonly ids: readonly number[]
  readonly weights: readonly number[]
}

/** The ids of the k largest, or of all that are possible. */
function mostProbable(logProbabilities: Float32Array, count: number): readonly number[] {
  if (count < logProbabilities.length) {
    const largest = new Largest(count)
    largest.offerAll(logProbabilities)
    return largest.ids
  }
  const possible: number[] = []
  for (let id = 0; id < logProbabilities.length; id++) if (logProbabilities[id]! > -Infinity) possible.push(id)
  return possible
}

/** (p / the largest p)^(1/τ) */
function weigh(logProbabilities: Float32Array, ids: readonly number[], temperature: number): Weighted {
  let largest = -Infinity
  for (const id of ids) largest = Math.max(largest, logProbabilities[id]!)
  return { ids, weights: ids.map((id) => Math.exp((logProbabilities[id]! - largest) / temperature)) }
}

/** The fewest that have a share p of all weights, the largest first. */
function nucleus({ ids, weights }: Weighted, topP: number): Weighted {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  // All weights below this together are less than 1 - p of the total, so none of them is needed: few are left to sort.
  const least = ((1 - topP) * total) / ids.length
  const order = [...ids.keys()].filter((index) => weights[index]! >= least)
  order.sort((a, b) => weights[b]! - weights[a]!)
  let sum = 0
  const last = order.findIndex((index) => {
    sum += weights[index]!
    return sum >= topP * total
  })
  const kept = last < 0 ? order : order.slice(0, last + 1)
  return { ids: kept.map((index) => ids[index]!), weights: kept.map((index) => weights[index]!) }
}

function draw({ ids, weights }: Weighted, even: number): number {
  const target = even * weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  const drawn = weights.findIndex((weight) => {
    sum += weight
    return sum > target
  })
  // Rounding may leave the sum at the target; weights of 0, which a low temperature makes, are never drawn otherwise.
  return ids[drawn < 0 ? weights.findLastIndex((weight) => weight > 0) : drawn]!
}
