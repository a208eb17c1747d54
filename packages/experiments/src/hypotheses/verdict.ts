import type { Hypothesis, Verdict } from '../results.ts'
import type { Interval } from '../statistics/interval.ts'

/** A hypothesis that these results cannot test, and why. */
export function untested(hypothesis: Hypothesis, reason: string): Verdict {
  return { ...hypothesis, value: null, interval: null, verdict: 'inconclusive', sentence: `Not tested: ${reason}.` }
}

/** What a hypothesis of one number comes to. */
export interface Judgement {
  readonly value: number
  readonly interval: Interval
  readonly supported: boolean
  readonly refuted: boolean
  readonly sentence: string
}

/** Supported, refuted, or, when the data show neither, inconclusive. */
export function judged(hypothesis: Hypothesis, { value, interval, supported, refuted, sentence }: Judgement): Verdict {
  return {
    ...hypothesis,
    value,
    interval,
    verdict: supported ? 'supported' : refuted ? 'refuted' : 'inconclusive',
    sentence,
  }
}
