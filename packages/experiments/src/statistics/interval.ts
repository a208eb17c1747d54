/** A range that holds the true value with the given confidence. */
export interface Interval {
  readonly low: number
  readonly high: number
  /** the confidence, from 0 to 1: 0.95 is a 95% interval */
  readonly level: number
}

/** Rejects a confidence that is not strictly between 0 and 1, naming the caller. */
export function checkLevel(caller: string, level: number): void {
  if (!(level > 0 && level < 1)) {
    throw new RangeError(`${caller}: level must be between 0 and 1, got ${level}; a 95% interval has level 0.95`)
  }
}
