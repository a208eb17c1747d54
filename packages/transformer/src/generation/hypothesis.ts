/** A target that was generated. */
export interface Hypothesis {
  /** without the token before the first; the last one is the end token if it is finished */
  readonly tokens: Int32Array
  /** Σ ln p(token | source, tokens before it), in nats */
  readonly logProbability: number
  /** whether it came to the end token, rather than to the longest length */
  readonly finished: boolean
}

/** A hypothesis of a beam search. */
export interface ScoredHypothesis extends Hypothesis {
  /** what hypotheses are ranked by: the log-probability by the length penalty */
  readonly score: number
}

/**
 * What log-probabilities are divided by, so that long hypotheses are not worse for being long; |y| counts the end token.
 *
 * - wu: ((5 + |y|) / 6)^α, Wu et al. 2016, eq. 14
 * - power: |y|^α, as in fairseq
 */
export type LengthNormalization = 'wu' | 'power'

export const lengthPenalties: {
  readonly [Name in LengthNormalization]: (length: number, alpha: number) => number
} = {
  wu: (length, alpha) => ((5 + length) / 6) ** alpha,
  power: (length, alpha) => length ** alpha,
}
