export interface PadOptions {
  /** At its end each sequence is filled up with this id. */
  readonly padId: number
  /** The common length is a multiple of this, default 1. */
  readonly multipleOf?: number
  /** The common length is at least this, default 0: as long as the longest. */
  readonly length?: number
}

/** Sequences of one length, for `tensor(ids, { shape })`. */
export interface PaddedIds {
  /** `[batch, length]` */
  readonly ids: Int32Array
  /** 1 at tokens, 0 at padding. `[batch, length]` */
  readonly mask: Uint8Array
  /** `[batch, length]` */
  readonly shape: readonly [batch: number, length: number]
}

/**
 * A batch of sequences, filled up to the length of its longest. Nothing is cut.
 *
 * @throws RangeError for lengths that are not whole numbers
 */
export function padIds(sequences: readonly ArrayLike<number>[], options: PadOptions): PaddedIds {
  const { padId, multipleOf = 1, length: least = 0 } = options
  if (!(Number.isInteger(multipleOf) && multipleOf > 0 && Number.isInteger(least) && least >= 0)) {
    throw new RangeError(
      `padIds: multipleOf must be a whole number > 0 and length one >= 0, got ${multipleOf} and ${least}`,
    )
  }
  const longest = sequences.reduce((most, sequence) => Math.max(most, sequence.length), least)
  const length = Math.ceil(longest / multipleOf) * multipleOf
  const ids = new Int32Array(sequences.length * length).fill(padId)
  const mask = new Uint8Array(ids.length)
  sequences.forEach((sequence, row) => {
    ids.set(sequence, row * length)
    mask.fill(1, row * length, row * length + sequence.length)
  })
  return { ids, mask, shape: [sequences.length, length] }
}
