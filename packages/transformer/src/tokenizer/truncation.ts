/**
 * Which text loses its end when there are more tokens than `maxLength`: the longer one, token by token (`longest-first`),
 * the `first` or the `second` alone, or neither, which is an error (`none`).
 */
export type Truncation = 'longest-first' | 'first' | 'second' | 'none'

type Cut = (lengths: readonly number[], excess: number) => readonly number[]

const cuts: Readonly<Record<Truncation, Cut>> = {
  'longest-first': ([first = 0, second], excess) => {
    if (second === undefined) return [first - excess]
    const budget = first + second - excess
    const shorter = Math.min(first, second, Math.floor(budget / 2))
    return first > second ? [budget - shorter, shorter] : [shorter, budget - shorter] // of equals the second keeps more
  },
  first: ([first = 0, ...second], excess) => [first - excess, ...second],
  second: ([first = 0, second = -1], excess) => [first, second - excess],
  none: () => [-1],
}

/**
 * The lengths that one or two texts are cut to, so that together they have `budget` tokens.
 *
 * @throws RangeError if that text has not enough tokens to lose, or none may be lost
 */
export function truncatedLengths(
  lengths: readonly number[],
  budget: number,
  truncation: Truncation,
): readonly number[] {
  const excess = lengths.reduce((sum, length) => sum + length, 0) - budget
  if (excess <= 0) return lengths
  const cut = cuts[truncation](lengths, excess)
  if (cut.every((length) => length >= 0)) return cut
  throw new RangeError(
    `encode: texts of ${lengths.join(' and ')} tokens are ${excess} too long for maxLength, and truncation ` +
      `'${truncation}' cannot cut them; shorten them, raise maxLength or choose 'longest-first'`,
  )
}
