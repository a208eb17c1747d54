import { checkLevel, type Interval } from './interval.ts'
import { leastSquares } from './least-squares.ts'
import { studentHalfWidth } from './student.ts'

export interface Line {
  readonly slope: number
  readonly intercept: number
  /** of the slope, for independent normal residuals; infinite when two points leave nothing to judge the noise by */
  readonly interval: Interval
  /** number of points */
  readonly points: number
}

/**
 * The straight line y = intercept + slope · x with least squared residuals; interval slope ± t · standard error, with
 * Student's t at n - 2 degrees of freedom.
 *
 * @see Draper & Smith 1998, Applied regression analysis, section 1.4
 */
export function fitLine(x: readonly number[], y: readonly number[], level = 0.95): Line {
  checkLevel('fitLine', level)
  const fit = leastSquares(
    x.map((value) => [1, value]),
    y,
  )
  const [intercept, slope] = fit.coefficients as [number, number]
  const margin =
    fit.degreesOfFreedom > 0
      ? studentHalfWidth(level, fit.degreesOfFreedom) * (fit.standardErrors[1] as number)
      : Infinity
  return { slope, intercept, interval: { low: slope - margin, high: slope + margin, level }, points: x.length }
}

/**
 * The power law y = c · xᵃ as a line in logarithms: slope a, intercept ln c.
 *
 * @throws RangeError unless every x and y is above 0
 */
export function fitPowerLaw(x: readonly number[], y: readonly number[], level = 0.95): Line {
  const bad = [...x, ...y].find((value) => !(value > 0))
  if (bad !== undefined)
    throw new RangeError(`fitPowerLaw: every x and y must be above 0 to have a logarithm, got ${bad}`)
  return fitLine(x.map(Math.log), y.map(Math.log), level)
}
