import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { matrices, scoredOf, sparsities, zerosIn } from '../../test/scored.ts'
import { lnNorm } from './norm.ts'
import { roundHalfToEven } from './round-half-to-even.ts'
import { columns, rows, slices } from './slices.ts'

interface TorchCase {
  readonly name: string
  readonly file: string
  readonly n: string
  readonly dim: number
  /** a share of the slices, or, where it is whole, a count */
  readonly amount: number
}

const orders: Readonly<Record<string, number>> = { '1': 1, '2': 2, inf: Infinity, '-inf': -Infinity }
const keptRows = (mask: Uint8Array, width: number): number[] =>
  Array.from({ length: mask.length / width }, (_, row) => mask[row * width]!)

describe('pruning slices', () => {
  it.each(fixtureCases<TorchCase>('ln_structured'))(
    '$name: the mask of torch.nn.utils.prune',
    ({ file, n, dim, amount }) => {
      const { values, shape } = fixtureTensor(file, 'in.weight')
      const count = shape.at(dim)!
      const structure = slices({ axis: dim, norm: lnNorm(orders[n]!) })
      const [mask] = structure(
        [scoredOf(shape, values.map(Math.abs))],
        Number.isInteger(amount) ? amount / count : amount,
      )
      expect([...mask!]).toEqual(fixtureTensor(file, 'out.mask').values)
    },
  )

  it('takes rows by the least norm: of most, of largest, of smallest scores', () => {
    const weight = scoredOf([3, 2], [0, 9, 4, 4, 3, 6])
    const pruned = (n: number): number[] => keptRows(rows({ norm: lnNorm(n) })([weight], 1 / 3)[0]!, 2)
    // means 4.5, 4, 4.5; squares 81, 32, 45; largest 9, 4, 6; smallest 0, 4, 3
    expect([1, 2, Infinity, -Infinity].map(pruned)).toEqual([
      [1, 0, 1],
      [1, 0, 1],
      [1, 0, 1],
      [0, 1, 1],
    ])
    expect([...columns()([weight], 0.5)[0]!]).toEqual([0, 1, 0, 1, 0, 1])
  })

  it('compares rows of different widths by their means, and of equals takes the first', () => {
    const [narrow, wide] = [scoredOf([2, 1], [2, 3], 'narrow'), scoredOf([2, 3], [1, 1, 1, 2, 2, 2], 'wide')]
    const masks = rows()([narrow, wide], 4 / 8)
    expect(masks.map((mask) => [...mask])).toEqual([
      [0, 1],
      [0, 0, 0, 1, 1, 1],
    ])
  })

  it('prunes round(sparsity · k) of k rows, halves to even', () => {
    fc.assert(
      fc.property(matrices, sparsities, ([weight], sparsity) => {
        const [count, width] = weight!.shape as [number, number]
        const mask = rows()([weight!], sparsity)
        // Where a product of floats is not exactly a half, either neighbour is right.
        const exact = sparsity * count
        const zeros = zerosIn(mask) / width
        if (Math.abs((exact % 1) - 0.5) < 1e-9) expect(Math.abs(zeros - exact)).toBeLessThan(0.5 + 1e-8)
        else expect(zeros).toBe(roundHalfToEven(exact))
      }),
    )
    const counts = (size: number, sparsity: number): number =>
      zerosIn(
        rows()(
          [
            scoredOf(
              [size, 3],
              Array.from({ length: 3 * size }, (_, i) => i),
            ),
          ],
          sparsity,
        ),
      ) / 3
    expect([counts(5, 0.5), counts(10, 0.15), counts(10, 0.25), counts(14, 0.25), counts(7, 0.5)]).toEqual([
      2, 2, 2, 4, 4,
    ])
  })

  it('scores a row by what is left of it, and counts rows only', () => {
    const weight = { ...scoredOf([2, 2], [9, 1, 2, 2]), kept: Uint8Array.of(0, 1, 1, 1) }
    // Row 0 has 1 of 2 entries left, a mean of 1 / 2.
    expect([...rows()([weight], 0.5)[0]!]).toEqual([0, 0, 1, 1])
    expect([...rows()([weight], 0.25)[0]!]).toEqual([0, 1, 1, 1])
  })

  it('counts rows pruned before, whatever the others score', () => {
    const weight = { ...scoredOf([2, 2], [0, 0, 5, 5]), kept: Uint8Array.of(1, 1, 0, 0) }
    expect([...rows()([weight], 0.5)[0]!]).toEqual([1, 1, 0, 0])
    expect([...rows({ norm: lnNorm(-Infinity) })([weight], 0.5)[0]!]).toEqual([1, 1, 0, 0])
  })

  it('refuses an axis that is not there, and a norm of order 0', () => {
    expect(() => slices({ axis: 2 })([scoredOf([2, 2], [1, 2, 3, 4])], 0.5)).toThrow(
      'slices: axis 2 does not exist in a tensor of rank 2',
    )
    expect(() => lnNorm(0)).toThrow('n must be > 0, Infinity or -Infinity, got 0')
  })
})
