import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { matrices, scoredOf, sparsities, zerosIn } from '../../test/scored.ts'
import { aboveThreshold, topK } from './binarizers.ts'

interface BinarizerCase {
  readonly name: string
  readonly file: string
  readonly threshold: number
  readonly sigmoid: boolean
}

describe("masks from scores as the authors' code makes them", () => {
  it.each(fixtureCases<BinarizerCase>('movement_topk'))('$name', ({ file, threshold }) => {
    const { values, shape } = fixtureTensor(file, 'in.scores')
    expect([...topK(threshold)([scoredOf(shape, values)])[0]!]).toEqual(fixtureTensor(file, 'out.mask').values)
  })

  it.each(fixtureCases<BinarizerCase>('magnitude_topk'))('$name: of magnitudes', ({ file, threshold }) => {
    const { values, shape } = fixtureTensor(file, 'in.scores')
    const scores = scoredOf(shape, values.map(Math.abs))
    expect([...topK(threshold)([scores])[0]!]).toEqual(fixtureTensor(file, 'out.mask').values)
  })

  it.each(fixtureCases<BinarizerCase>('movement_threshold'))('$name', ({ file, threshold, sigmoid }) => {
    const { values, shape } = fixtureTensor(file, 'in.scores')
    const [mask] = aboveThreshold(threshold, { sigmoid })([scoredOf(shape, values)])
    expect([...mask!]).toEqual(fixtureTensor(file, 'out.mask').values)
  })
})

describe('laws of binarizers', () => {
  it('the ⌊v n⌋ highest are kept, all together', () => {
    fc.assert(
      fc.property(matrices, sparsities, (weights, keep) => {
        const size = weights.reduce((sum, { kept }) => sum + kept.length, 0)
        expect(size - zerosIn(topK(keep)(weights))).toBe(Math.floor(keep * size))
      }),
    )
  })

  it('however high the threshold, half a percent and one are left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), (size) => {
        const weight = scoredOf(
          [size],
          Array.from({ length: size }, (_, index) => index % 7),
        )
        const masks = aboveThreshold(0.9999, { sigmoid: true })([weight])
        expect(size - zerosIn(masks)).toBe(Math.floor(0.005 * size) + 1)
      }),
    )
  })

  it('nothing that was pruned before is kept', () => {
    const weight = { ...scoredOf([4], [4, 3, 2, 1]), kept: Uint8Array.of(0, 1, 1, 1) }
    expect([...topK(0.5)([weight])[0]!]).toEqual([0, 1, 1, 0])
    expect([...aboveThreshold(1.5, { sigmoid: false })([weight])[0]!]).toEqual([0, 1, 1, 0])
  })
})
