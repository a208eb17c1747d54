import { checkSteps, type Schedule, sinSquared } from './schedules.ts'

export interface TriangularCycle {
  /** η at the start and the end of a cycle */
  readonly low: number
  /** η at its peak */
  readonly high: number
  /** steps from low to high */
  readonly rise: number
  /** steps from high to low; `rise` by default */
  readonly fall?: number
}

/** Up and down along straight lines between low and high, again and again. @see Smith 2017, section 3.1 */
export function triangularCycle({ low, high, rise, fall = rise }: TriangularCycle): Schedule {
  checkSteps('triangularCycle', { rise, fall })
  return (step) => {
    const place = step % (rise + fall)
    const height = place <= rise ? place / rise : (rise + fall - place) / fall
    return low + (high - low) * height
  }
}

export interface OneCycle {
  readonly peak: number
  /** steps of the whole cycle, 2 at least; η stays as it is at the last */
  readonly steps: number
  /** the part of the steps in which η rises, 0.3 by default */
  readonly riseShare?: number
  /** η begins at peak / this, 25 by default */
  readonly startDivisor?: number
  /** and ends at its beginning / this, 10,000 by default */
  readonly endDivisor?: number
}

/**
 * Half a cosine up from peak / startDivisor, which takes riseShare · steps - 1 steps, then half a cosine down to
 * peak / startDivisor / endDivisor at the last step.
 *
 * @see Smith & Topin 2019, section 3, with cosines in place of straight lines
 */
export function oneCycle({ peak, steps, riseShare = 0.3, startDivisor = 25, endDivisor = 10_000 }: OneCycle): Schedule {
  checkSteps('oneCycle', { steps }, 2)
  if (!(riseShare > 0 && riseShare < 1))
    throw new RangeError(`oneCycle: riseShare must be 0 < share < 1, got ${riseShare}`)
  const start = peak / startDivisor
  const end = start / endDivisor
  const rise = Math.max(0, riseShare * steps - 1)
  return (step) => {
    if (step < rise) return start + (peak - start) * sinSquared(step / rise)
    const left = Math.max(0, steps - 1 - step) / (steps - 1 - rise)
    return end + (peak - end) * sinSquared(left)
  }
}
