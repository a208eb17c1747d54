/** The learning rate of a step, counted from 0: that of the update about to be made. A pure function. */
export type Schedule = (step: number) => number

/** η = rate. */
export function constantRate(rate: number): Schedule {
  return () => rate
}

export interface StepDecay {
  /** η before the first milestone */
  readonly peak: number
  /** steps at which η is multiplied with the factor, in any order; one that comes twice counts twice */
  readonly milestones: readonly number[]
  /** 0.1 by default */
  readonly factor?: number
}

/** η = peak · factor^(milestones reached). @see He et al. 2016, section 3.4 */
export function stepDecay({ peak, milestones, factor = 0.1 }: StepDecay): Schedule {
  return (step) => milestones.reduce((rate, milestone) => (step >= milestone ? rate * factor : rate), peak)
}

export interface LinearRise {
  /** η of step 0 */
  readonly from: number
  /** η of step `steps` and of all after it */
  readonly to: number
  readonly steps: number
}

/** A straight line, then constant: η = from + (to - from) · min(1, step / steps). */
export function linearRise({ from, to, steps }: LinearRise): Schedule {
  checkSteps('linearRise', { steps })
  return (step) => (step >= steps ? to : from + (to - from) * (step / steps))
}

export interface WarmUp {
  /** η after warm-up */
  readonly peak: number
  /** steps in which η rises evenly: peak · (step + 1) / warmUp; 0 by default */
  readonly warmUp?: number
}

export interface Decay extends WarmUp {
  /** at which η arrives at `final`, and stays */
  readonly steps: number
  /** 0 by default */
  readonly final?: number
}

/** Warm-up, then a straight line from peak to final: η = final + (peak - final) · (steps left) / (steps after warm-up). */
export function linearDecay(options: Decay): Schedule {
  return decay(options, (left, steps) => left / steps)
}

/**
 * Warm-up, then half a cosine: η = final + (peak - final) (1 + cos πt) / 2, t from 0 to 1, where (1 + cos πt) / 2 is
 * sin² π(1 - t)/2.
 *
 * @see Loshchilov & Hutter 2017, eq. 5
 */
export function cosineDecay(options: Decay): Schedule {
  return decay(options, (left, steps) => sinSquared(left / steps))
}

/** sin² πt/2, 0 <= t <= 1, half a cosine from 0 to 1, by the series of the sine: the bits of `Math.sin` and `**` are the engine's. */
export function sinSquared(t: number): number {
  const x = (t * Math.PI) / 2
  const squared = x * x
  let sum = 1
  for (let n = 22; n > 0; n -= 2) sum = 1 - (sum * squared) / (n * (n + 1))
  return sum * sum * squared
}

export interface StableDecay extends Decay {
  /** steps of the straight line at the end */
  readonly decay: number
}

/** Warm-up, then peak, and over the last `decay` steps a straight line to final. @see Hu et al. 2024, section 4.2 */
export function warmUpStableDecay({ decay: length, ...options }: StableDecay): Schedule {
  const { steps, warmUp = 0 } = options
  if (!(length >= 0 && warmUp + length <= steps)) {
    throw new RangeError(`schedule: warmUp ${warmUp} and decay ${length} do not fit into ${steps} steps`)
  }
  return decay(options, (left) => Math.min(1, left / length))
}

/** η = peak · min(n / warmUp, √(warmUp / n)), n = step + 1. @see Vaswani et al. 2017, eq. 3 */
export function inverseSquareRoot({ peak, warmUp = 1 }: WarmUp): Schedule {
  checkWarmUp(warmUp)
  const from = Math.max(warmUp, 1)
  return (step) => peak * Math.min((step + 1) / from, Math.sqrt(from / (step + 1)))
}

/** Warm-up, then final + (peak - final) · shape(steps left, steps after warm-up). */
function decay(
  { peak, warmUp = 0, steps, final = 0 }: Decay,
  shape: (left: number, steps: number) => number,
): Schedule {
  checkWarmUp(warmUp)
  if (!(Number.isInteger(steps) && steps >= warmUp)) {
    throw new RangeError(`schedule: steps must be a whole number >= warmUp ${warmUp}, got ${steps}`)
  }
  return (step) => {
    if (step < warmUp) return peak * ((step + 1) / warmUp)
    if (step >= steps) return final
    return final + (peak - final) * shape(steps - step, steps - warmUp)
  }
}

/** @throws RangeError unless each length is a whole number, and no less than the least */
export function checkSteps(schedule: string, lengths: Readonly<Record<string, number>>, least = 1): void {
  for (const [name, length] of Object.entries(lengths)) {
    if (!(Number.isInteger(length) && length >= least))
      throw new RangeError(`${schedule}: ${name} must be a whole number >= ${least}, got ${length}`)
  }
}

function checkWarmUp(warmUp: number): void {
  if (!(Number.isInteger(warmUp) && warmUp >= 0))
    throw new RangeError(`schedule: warmUp must be a whole number >= 0, got ${warmUp}`)
}
