import { formatBytes, formatCount, formatPoints, formatSeconds } from '../quantities.ts'
import type { CostName } from './compressed-result.ts'
import type { Advantage } from './pareto.ts'

const format: { readonly [Name in CostName]: (cost: number) => string } = {
  bytes: formatBytes,
  latency: formatSeconds,
  operations: (count) => `${formatCount(count)} operations`,
}

/**
 * 'at 1.20 MB large (60% pruned, 4 bits) beats small (8 bits) by 2.1 ± 0.8 points'. Without an interval one is only ahead of
 * the other, and with one that holds 0 they cannot be told apart.
 */
export function describeAdvantage({ first, second, difference }: Advantage, name: CostName, cost: number): string {
  const { mean, interval } = difference
  const [better, worse] = (mean >= 0 ? [first, second] : [second, first]).map(
    ({ model, setting }) => `${model} (${setting})`,
  )
  const points = formatPoints(Math.abs(mean))
  const where = `at ${format[name](cost)}`
  if (!interval) return `${where} ${better} is ahead of ${worse} by ${points} points, with one seed`
  const spread = `${points} ± ${formatPoints((interval.high - interval.low) / 2)} points`
  const isOpen = interval.low <= 0 && interval.high >= 0
  return isOpen
    ? `${where} ${better} and ${worse} cannot be told apart: ${spread}`
    : `${where} ${better} beats ${worse} by ${spread}`
}
