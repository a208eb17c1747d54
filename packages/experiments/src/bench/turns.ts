/**
 * A figure, and the round in which it was measured. A round takes a second or so: where a machine is faster at some times
 * than at others, it was mostly the same machine for all figures of a round, and their ratios do not depend on it.
 */
export type Sample = readonly [round: number, figure: number]

/** Something that is measured by turns. */
export interface Turn {
  /** of the shortest sample, as far as known */
  readonly seconds: number
  /** false as soon as it cannot be measured any more */
  readonly isReady: boolean
  sample(round: number): Promise<void>
}

export interface Turns {
  /** the number of the first round: no number is used twice */
  readonly first: number
  readonly rounds: number
  /** in seconds: whoever takes longer for a sample is asked in three of the rounds only */
  readonly slow: number
}

/** How much is done for a figure. */
export interface Effort {
  /** few samples of small cases */
  readonly quick: boolean
  /** in which samples are taken; some by default */
  readonly rounds?: number | undefined
}

/** Takes a sample of each, and again, round after round. Returns the number of the next round. */
export async function takeTurns(set: readonly Turn[], { first, rounds, slow }: Turns): Promise<number> {
  const often = Math.ceil(rounds / 3)
  for (let round = 0; round < rounds; round++) {
    for (const each of inTurn(set, round)) {
      if (each.isReady && (each.seconds <= slow || round % often === 0)) await each.sample(first + round)
    }
  }
  return first + rounds
}

/** There and back, then from the next one: so that not always the same one is measured just before another. */
function inTurn<T>(set: readonly T[], round: number): readonly T[] {
  const first = Math.floor(round / 2) % Math.max(1, set.length)
  const there = [...set.slice(first), ...set.slice(0, first)]
  return round % 2 === 0 ? there : there.toReversed()
}
