import type { Hypothesis } from './hypothesis.ts'
import { type GenerationOptions, longestTargets, pause } from './options.ts'
import type { NextTokenScorer, SequenceModel } from './sequence-model.ts'

/** Where the rows of a scorer stand: each is the target of another source, and all are as long. */
export interface Rows {
  /** of each row */
  readonly sources: readonly number[]
  /** of the next token, from 0 */
  readonly place: number
}

/** A token for each row, and ln p of it; -1 where none is possible. */
export interface Chosen {
  readonly tokens: Int32Array
  readonly logProbabilities: Float32Array
}

/** Puts tokens at the ends of the rows, and chooses those that follow. */
export type Choose = (scorer: NextTokenScorer, tokens: Int32Array, rows: Rows) => Promise<Chosen>

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
    const before = Int32Array.from(open, ({ tokens }) => tokens.at(-1) ?? beginId)
    extend(open, await choose(scorer, before, { sources: open.map(({ source }) => source), place }))
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

/** Puts a token at the end of each row. */
function extend(rows: readonly Row[], { tokens, logProbabilities }: Chosen): void {
  rows.forEach((row, index) => {
    if (tokens[index]! < 0) throw nothingFollows(row.source, row.tokens.length)
    row.tokens.push(tokens[index]!)
    row.logProbability += logProbabilities[index]!
  })
}

/** The error of a row in which no token is possible. */
export function nothingFollows(source: number, place: number): Error {
  return new Error(
    `generation: no token can be number ${place + 1} of the target of source ${source}: each has probability 0 or NaN; ` +
      'the model has diverged, or minLength forbids the only one',
  )
}
