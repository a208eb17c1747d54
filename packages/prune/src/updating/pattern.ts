/** Keeps n of every m neighbours in a row: `{ keep: 2, of: 4 }`. */
export interface NeighbourPattern {
  readonly keep: number
  readonly of: number
}

/**
 * @throws RangeError unless a share is from 0 to 1, or a pattern keeps a whole number of those that it is of
 */
export function checkSparsity(sparsity: number | NeighbourPattern): void {
  if (typeof sparsity === 'number') {
    if (sparsity >= 0 && sparsity <= 1) return
    throw new RangeError(`sparsity must be from 0 to 1, the share of entries to prune, got ${sparsity}`)
  }
  const { keep, of } = sparsity
  if (Number.isInteger(keep) && Number.isInteger(of) && keep >= 0 && keep <= of && of >= 1) return
  throw new RangeError(`a pattern keeps 0 to n of n >= 1 neighbours, got ${keep} of ${of}`)
}

/** @throws RangeError unless rows divide into parts of that many */
export function checkDivides(of: number, size: number): void {
  if (size % of !== 0) throw new RangeError(`rows of ${size} do not divide into parts of ${of}`)
}
