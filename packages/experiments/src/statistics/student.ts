import { incompleteBeta, invert } from './beta.ts'

/**
 * The t such that a Student variable with ν degrees of freedom lies within ±t with probability `level`:
 * the half-width, in standard errors, of a confidence interval of a mean or a regression coefficient.
 * P(|T| ≤ t) = 1 - I_{ν / (ν + t²)}(ν / 2, ½).
 *
 * @see Abramowitz & Stegun 1964, 26.7.1
 */
export function studentHalfWidth(level: number, degreesOfFreedom: number): number {
  if (!(degreesOfFreedom > 0)) {
    throw new RangeError(
      `studentHalfWidth: needs at least 1 degree of freedom, got ${degreesOfFreedom}; use more points than coefficients`,
    )
  }
  const inside = (t: number) =>
    1 - incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
  let high = 1
  while (inside(high) < level) high *= 2
  return invert(inside, level, 0, high)
}
