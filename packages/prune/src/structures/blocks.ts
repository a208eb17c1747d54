import { matrixOf } from './matrix.ts'
import { lnNorm } from './norm.ts'
import type { NormOptions } from './slices.ts'
import type { Structure } from './structure.ts'
import { pruneTogether } from './units.ts'

/**
 * Prunes whole blocks of r rows and c columns, cut from the upper left corner on. Where r or c does not divide a weight, the
 * blocks at its lower and right edges are smaller, and compared by the mean of what they have.
 *
 * @throws RangeError unless r and c are whole and positive
 */
export function blocks(r: number, c: number, { norm = lnNorm(1) }: NormOptions = {}): Structure {
  for (const length of [r, c]) {
    if (!(Number.isInteger(length) && length > 0))
      throw new RangeError(`blocks: a block has whole numbers >= 1 of rows and columns, got ${r} x ${c}`)
  }
  return (weights, sparsity) => {
    let count = 0
    const of = weights.map(({ shape, kept }) => {
      const [rows, columns] = matrixOf(shape)
      const across = Math.ceil(columns / c)
      const first = count
      count += Math.ceil(rows / r) * across
      return Int32Array.from(kept, (_, entry) => {
        const row = Math.floor(entry / columns)
        return first + Math.floor(row / r) * across + Math.floor((entry - row * columns) / c)
      })
    })
    return pruneTogether(weights, { count, of }, sparsity, norm)
  }
}
