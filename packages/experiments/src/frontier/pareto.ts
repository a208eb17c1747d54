import { paretoFrontier } from '../statistics/pareto-frontier.ts'
import { type CompressedResult, type CostName, costOf, describe } from './compressed-result.ts'
import { type MeanOverSeeds, meanOverSeeds } from './mean-over-seeds.ts'

export interface ParetoOptions {
  readonly cost: CostName
  /** which seeds count: every model must have been compressed in every way from each of them; those of the first result's way by default */
  readonly seeds?: readonly number[]
  /** confidence of the intervals, 0.95 by default */
  readonly level?: number
}

/** A model compressed in one way, over its seeds. */
export interface FrontierPoint {
  readonly model: string
  readonly setting: string
  /** the mean over seeds: files of the same way differ by a few bytes */
  readonly cost: number
  readonly accuracy: MeanOverSeeds
  /** of each seed, in the order of the frontier's `seeds` */
  readonly accuracies: readonly number[]
}

/** How much better one model is than another where both may cost so much. */
export interface Advantage {
  readonly first: FrontierPoint
  readonly second: FrontierPoint
  /** accuracy of the first less that of the second, paired by seed */
  readonly difference: MeanOverSeeds
}

/** What can be had for what. */
export interface Frontier {
  readonly cost: CostName
  readonly seeds: readonly number[]
  /** by rising cost and rising accuracy: those that none dominates */
  readonly points: readonly FrontierPoint[]
  /** those that some other dominates: it costs no more, gives no less, and is better in one */
  readonly dominated: readonly FrontierPoint[]
  /** The most accurate point that costs at most so much, of a model or of all; undefined if none does. */
  best(cost: number, model?: string): FrontierPoint | undefined
  /**
   * The best of one model against the best of another at a cost: 'at 1.2 MB large, compressed, beats small by d ± ci'.
   *
   * @returns undefined if one of them cannot be had for so little
   */
  compare(cost: number, first: string, second: string): Advantage | undefined
}

/**
 * The Pareto frontier of compressed models: for each way of compressing each model the mean accuracy over seeds, with its
 * interval, and which of these means no other dominates.
 *
 * The interval is over seeds, so it holds what training from other random numbers changes. Which way is a model's best
 * at a cost is chosen by the mean, and compared seed by seed.
 *
 * @throws RangeError if there are no results, a cost is missing, or a way lacks a seed or has it twice
 * @see Li et al. 2020, figures 4 and 5, for the question
 */
export function pareto(results: readonly CompressedResult[], options: ParetoOptions): Frontier {
  const { cost, level = 0.95 } = options
  if (results.length === 0) throw new RangeError('pareto: there are no results; give one at least')
  const ways = waysOf(results)
  const seeds = options.seeds ?? ways[0]!.map(({ seed }) => seed)
  const all = ways.map((way) => pointOf(way, seeds, cost, level))
  const points = paretoFrontier(all.map((point) => ({ point, cost: point.cost, value: point.accuracy.mean }))).map(
    ({ point }) => point,
  )
  const best = (most: number, model?: string): FrontierPoint | undefined =>
    all
      .filter((point) => point.cost <= most && (model === undefined || point.model === model))
      .sort((a, b) => b.accuracy.mean - a.accuracy.mean || a.cost - b.cost)[0]
  return {
    cost,
    seeds,
    points,
    dominated: all.filter((point) => !points.includes(point)),
    best,
    compare(most, firstModel, secondModel) {
      const [first, second] = [best(most, firstModel), best(most, secondModel)]
      if (!first || !second) return undefined
      const differences = first.accuracies.map((accuracy, index) => accuracy - second.accuracies[index]!)
      return { first, second, difference: meanOverSeeds(differences, level) }
    },
  }
}

/** Results of the same model and setting together, in the order of the first of each. */
function waysOf(results: readonly CompressedResult[]): CompressedResult[][] {
  const ways = new Map<string, CompressedResult[]>()
  for (const result of results) {
    const name = JSON.stringify([result.model, result.setting])
    const way = ways.get(name)
    if (way) way.push(result)
    else ways.set(name, [result])
  }
  return [...ways.values()]
}

function pointOf(
  way: readonly CompressedResult[],
  seeds: readonly number[],
  cost: CostName,
  level: number,
): FrontierPoint {
  const chosen = seeds.map((seed) => {
    const [found, another] = way.filter((result) => result.seed === seed)
    if (found && !another) return found
    const problem = another ? 'is there twice' : 'is missing'
    throw new RangeError(`pareto: ${describe({ ...way[0]!, seed })} ${problem}; each way needs each seed once`)
  })
  const accuracies = chosen.map(({ accuracy }) => accuracy)
  const wrong = chosen.find(({ accuracy }) => !Number.isFinite(accuracy))
  if (wrong) throw new RangeError(`pareto: ${describe(wrong)} has accuracy ${wrong.accuracy}, expected a number`)
  return {
    model: way[0]!.model,
    setting: way[0]!.setting,
    cost: chosen.reduce((sum, result) => sum + costOf(result, cost), 0) / chosen.length,
    accuracy: meanOverSeeds(accuracies, level),
    accuracies,
  }
}
