import { breathe } from '@tlc/nn'
import type { SequenceConfig } from './sequence-model.ts'

/** What all ways to generate have in common. Lengths count the end token, and not the one before the first. */
export interface GenerationOptions {
  /**
   * the most tokens of a target; by default 50 more than its source has, as far as the model goes
   *
   * @see Vaswani et al. 2017, section 6.1
   */
  readonly maxLength?: number | undefined
  /** the fewest; 1 by default */
  readonly minLength?: number | undefined
  /** stops the work between two tokens: the promise is rejected with the signal's reason */
  readonly signal?: AbortSignal | undefined
}

/** How long the target of each source may become. */
export function longestTargets(
  sources: readonly Int32Array[],
  config: SequenceConfig,
  { maxLength, minLength = 1 }: GenerationOptions,
): readonly number[] {
  wholeNumber('maxLength', maxLength ?? config.maxLength, 1, config.maxLength)
  wholeNumber('minLength', minLength, 1, maxLength ?? config.maxLength)
  return sources.map(({ length }) => Math.max(maxLength ?? Math.min(length + 50, config.maxLength), minLength))
}

/** @throws RangeError unless the value is a whole number from `least` to `most` */
export function wholeNumber(name: string, value: number, least: number, most: number = Infinity): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  const range = most === Infinity ? `>= ${least}` : `from ${least} to ${most}`
  throw new RangeError(`generation: ${name} must be a whole number ${range}, got ${value}`)
}

/** What may not come as token `length` of a target: padding, and the end before `minLength`. */
export function forbidden(
  { paddingId, endId }: SequenceConfig,
  length: number,
  { minLength = 1 }: GenerationOptions,
): readonly number[] {
  return [...(paddingId === undefined ? [] : [paddingId]), ...(length < minLength ? [endId] : [])]
}

/** Between two tokens: lets signals, timers and a page's user through, and stops if the caller wants that. */
export async function pause({ signal }: GenerationOptions): Promise<void> {
  await breathe()
  signal?.throwIfAborted()
}
