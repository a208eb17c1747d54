import { checkLevel, type Interval } from './interval.ts'
import { leastSquares } from './least-squares.ts'
import { studentHalfWidth } from './student.ts'

export interface Quadratic {
  /** a, b, c of a + b x + c x² */
  readonly coefficients: readonly [number, number, number]
  /** of c; infinite when three points leave nothing to judge the noise by */
  readonly curvatureInterval: Interval
  /** the turning point x = -b / 2c */
  readonly vertex: number
  /** whether the curve opens upwards and turns strictly inside the range of x: a U with its minimum in sight */
  readonly interiorMinimum: boolean
}

/**
 * The parabola y = a + b x + c x² with least squared residuals, fitted in x - x̄ so that it stays well conditioned.
 *
 * @see Draper & Smith 1998, Applied regression analysis, section 12.1
 */
export function fitQuadratic(x: readonly number[], y: readonly number[], level = 0.95): Quadratic {
  checkLevel('fitQuadratic', level)
  const centre = x.reduce((sum, value) => sum + value, 0) / x.length
  const fit = leastSquares(
    x.map((value) => [1, value - centre, (value - centre) ** 2]),
    y,
  )
  const [level0, slope0, c] = fit.coefficients as [number, number, number]
  const margin =
    fit.degreesOfFreedom > 0
      ? studentHalfWidth(level, fit.degreesOfFreedom) * (fit.standardErrors[2] as number)
      : Infinity
  const vertex = centre - slope0 / (2 * c)
  return {
    coefficients: [level0 - slope0 * centre + c * centre * centre, slope0 - 2 * c * centre, c],
    curvatureInterval: { low: c - margin, high: c + margin, level },
    vertex,
    interiorMinimum: c > 0 && vertex > Math.min(...x) && vertex < Math.max(...x),
  }
}
