import { incompleteBeta, invert } from './beta.ts'
import { checkLevel, type Interval } from './interval.ts'

/**
 * Exact interval of a proportion from k successes in n trials: from the (1 - level) / 2 quantile of Beta(k, n - k + 1) to
 * the (1 + level) / 2 quantile of Beta(k + 1, n - k).
 *
 * @see Clopper & Pearson 1934, The use of confidence or fiducial limits illustrated in the case of the binomial
 */
export function proportionInterval(successes: number, trials: number, level = 0.95): Interval {
  checkLevel('proportionInterval', level)
  if (
    !(Number.isInteger(successes) && Number.isInteger(trials) && successes >= 0 && trials > 0 && successes <= trials)
  ) {
    throw new RangeError(
      `proportionInterval: needs whole numbers 0 <= successes <= trials, trials > 0; got ${successes} of ${trials}`,
    )
  }
  const tail = (1 - level) / 2
  const limit = (a: number, b: number, probability: number) => invert((x) => incompleteBeta(x, a, b), probability, 0, 1)
  return {
    low: successes === 0 ? 0 : limit(successes, trials - successes + 1, tail),
    high: successes === trials ? 1 : limit(successes + 1, trials - successes, 1 - tail),
    level,
  }
}
