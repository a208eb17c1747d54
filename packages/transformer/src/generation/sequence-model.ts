/** What generation must know of a model's tokens. */
export interface SequenceConfig {
  /** ids are 0..vocabularySize-1 */
  readonly vocabularySize: number
  /** the most tokens that a target can have */
  readonly maxLength: number
  /** the token before the first one of a target */
  readonly beginId: number
  /** the token after the last one */
  readonly endId: number
  /** a token that is never generated; none by default */
  readonly paddingId?: number
}

/**
 * Anything that says how probable each next token is: a translation model, a Markov chain.
 */
export interface SequenceModel {
  readonly config: SequenceConfig
  /**
   * Reads the sources; there is one row for each, with no token yet.
   *
   * @throws RangeError if the model cannot read a source
   */
  begin(sources: readonly Int32Array[]): NextTokenScorer
}

/** The most probable next tokens of each row, `count` for each: the most probable first, of equal ones the first. */
export interface Candidates {
  readonly count: number
  /** `rows · count`; -1 where no further token is possible, since the others have probability 0 or NaN */
  readonly tokens: Int32Array
  /** ln p of each; -∞ where there is none */
  readonly logProbabilities: Float32Array
}

/** Targets under way: rows of tokens, as many rows for each source, those of one source side by side. */
export interface NextTokenScorer extends Disposable {
  /**
   * Puts a token at the end of each row and says what may follow.
   *
   * @param tokens one for each row; the first ones are `beginId`
   * @returns ln p(next token | source, row), `rows · vocabularySize` numbers. The caller may write over them.
   */
  step(tokens: Int32Array): Promise<Float32Array>
  /**
   * Does what `step` does, and says only what is most probable. A scorer may leave it out: then all that `step` returns
   * is looked through. It is worth having where that is slow to read.
   *
   * @param count of each row, 1 to `vocabularySize`
   */
  stepToBest?(tokens: Int32Array, count: number): Promise<Candidates>
  /**
   * From now on row i is what row `rows[i]` was. Rows may come several times or not at all; those of one source stay side
   * by side, and all sources that are left have the same number.
   */
  select(rows: Int32Array): void
}
