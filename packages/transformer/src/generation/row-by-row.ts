import type { Hypothesis } from './hypothesis.ts'
import { forbid, type GenerationOptions, longestTargets, pause } from './options.ts'
import type { SequenceModel } from './sequence-model.ts'

/** Chooses the next token of a source's target from ln p of each token; `place` counts from 0. */
export type Choose = (logProbabilities: Float32Array, source: number, place: number) => number

/** A target under way. */
interface Row {
  readonly source: number
  readonly tokens: number[]
  logProbability: number
}

/** One target for each source, one token of all targets at a time. Targets that are finished leave the batch. */
export async function generateRowByRow(
  model: SequenceModel,
  sources: readonly Int32Array[],
  options: GenerationOptions,
  choose: Choose,
): Promise<readonly Hypothesis[]> {
  const { beginId, endId } = model.config
  const limits = longestTargets(sources, model.config, options)
  if (sources.length === 0) return []
  using scorer = model.begin(sources)
  const all: readonly Row[] = sources.map((_, source) => ({ source, tokens: [], logProbability: 0 }))
  let open = all
  for (let place = 0; ; place++) {
    await pause(options)
    const logProbabilities = await scorer.step(Int32Array.from(open, ({ tokens }) => tokens.at(-1) ?? beginId))
    forbid(logProbabilities, model.config, place + 1, options)
    extend(open, logProbabilities, choose)
    const left = [...open.keys()].filter((index) => {
      const { source, tokens } = open[index]!
      return tokens.at(-1) !== endId && tokens.length < limits[source]!
    })
    if (left.length === 0) break
    if (left.length < open.length) scorer.select(Int32Array.from(left))
    open = left.map((index) => open[index]!)
  }
  return all.map(({ tokens, logProbability }) => ({
    tokens: Int32Array.from(tokens),
    logProbability,
    finished: tokens.at(-1) === endId,
  }))
}

/** Puts a token at the end of each row. No part of the function that waits: V8 optimizes loops better without. */
function extend(rows: readonly Row[], logProbabilities: Float32Array, choose: Choose): void {
  const vocabularySize = logProbabilities.length / rows.length
  rows.forEach((row, index) => {
    const ofRow = logProbabilities.subarray(index * vocabularySize, (index + 1) * vocabularySize)
    const token = choose(ofRow, row.source, row.tokens.length)
    row.tokens.push(token)
    row.logProbability += ofRow[token]!
  })
}

/** The error of a row in which no token is possible. */
export function nothingFollows(source: number, place: number): Error {
  return new Error(
    `generation: no token can be number ${place + 1} of the target of source ${source}: each has probability 0 or NaN; ` +
      'the model has diverged, or minLength forbids the only one',
  )
}
