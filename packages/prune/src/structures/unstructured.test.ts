import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { unstructured } from './unstructured.ts'

interface TorchCase {
  readonly name: string
  readonly file: string
  /** a share of the entries, or, where it is whole, a count */
  readonly amount: number
}

const allKept = (size: number): Uint8Array => new Uint8Array(size).fill(1)
const magnitudes = (values: readonly number[]): Float32Array => Float32Array.from(values, Math.abs)
const zerosIn = (mask: Uint8Array): number => mask.filter((kept) => kept === 0).length

describe('unstructured pruning as torch.nn.utils.prune does it', () => {
  it.each(fixtureCases<TorchCase>('l1_unstructured'))('$name: the same mask', ({ file, amount }) => {
    const { values } = fixtureTensor(file, 'in.weight')
    const share = Number.isInteger(amount) ? amount / values.length : amount
    const [mask] = unstructured([{ scores: magnitudes(values), kept: allKept(values.length) }], share)
    expect([...mask!]).toEqual(fixtureTensor(file, 'out.mask').values)
  })

  it.each(fixtureCases<TorchCase>('global_l1'))('$name: the same masks by one threshold', ({ file, amount }) => {
    const weights = ['0', '1', '2'].map((index) => fixtureTensor(file, `in.w${index}`).values)
    const masks = unstructured(
      weights.map((values) => ({ scores: magnitudes(values), kept: allKept(values.length) })),
      amount,
    )
    masks.forEach((mask, index) => expect([...mask]).toEqual(fixtureTensor(file, `out.mask${index}`).values))
  })

  it.each(fixtureCases<TorchCase>('l1_ties'))(
    '$name: as many, of the same magnitudes, whichever of the tied',
    ({ file, amount }) => {
      const { values } = fixtureTensor(file, 'in.weight')
      const scores = magnitudes(values)
      const [mask] = unstructured([{ scores, kept: allKept(values.length) }], amount / values.length)
      const keptSum = (kept: ArrayLike<number>): number => scores.reduce((sum, score, i) => sum + score * kept[i]!, 0)
      expect(zerosIn(mask!)).toBe(amount)
      expect(keptSum(mask!)).toBe(keptSum(fixtureTensor(file, 'out.mask').values))
    },
  )
})

/** Scores with many ties, and which of the entries are kept so far. */
const scored = fc
  .array(fc.record({ score: fc.integer({ min: 0, max: 9 }), kept: fc.boolean() }), { minLength: 1, maxLength: 40 })
  .map((entries) => ({
    scores: Float32Array.from(entries, ({ score }) => score),
    kept: Uint8Array.from(entries, ({ kept }) => Number(kept)),
  }))
const weights = fc.array(scored, { minLength: 1, maxLength: 4 })
const share = fc.double({ min: 0, max: 1, noNaN: true })

describe('laws of unstructured pruning', () => {
  it('leaves exactly round(sparsity · n) zeros, or those there were if they are more', () => {
    fc.assert(
      fc.property(weights, share, (given, sparsity) => {
        const size = given.reduce((sum, { kept }) => sum + kept.length, 0)
        const before = given.reduce((sum, { kept }) => sum + zerosIn(kept), 0)
        const zeros = unstructured(given, sparsity).reduce((sum, mask) => sum + zerosIn(mask), 0)
        const exact = sparsity * size
        // A half goes to the even count; elsewhere Math.round is right.
        const due = exact % 1 === 0.5 ? 2 * Math.round(exact / 2) : Math.round(exact)
        expect(zeros).toBe(Math.max(before, due))
      }),
    )
  })

  it('counts halves to even: 2 of 5 and of 10 · 0.25, 4 of 14 · 0.25', () => {
    const zerosOf = (size: number, sparsity: number): number =>
      zerosIn(
        unstructured([{ scores: Float32Array.from({ length: size }, (_, i) => i), kept: allKept(size) }], sparsity)[0]!,
      )
    expect([zerosOf(5, 0.5), zerosOf(10, 0.25), zerosOf(14, 0.25), zerosOf(7, 0.5)]).toEqual([2, 2, 4, 4])
  })

  it('never revives an entry, and keeps nothing that scores less than what it prunes now', () => {
    fc.assert(
      fc.property(weights, share, (given, sparsity) => {
        const masks = unstructured(given, sparsity)
        const entries = given.flatMap(({ scores, kept }, which) =>
          [...scores].map((score, index) => ({ score, before: kept[index]!, after: masks[which]![index]! })),
        )
        expect(entries.every(({ before, after }) => after <= before)).toBe(true)
        const prunedNow = entries.filter(({ before, after }) => before === 1 && after === 0)
        const least = entries.filter(({ after }) => after === 1).reduce((m, { score }) => Math.min(m, score), 10)
        expect(prunedNow.every(({ score }) => score <= least)).toBe(true)
      }),
    )
  })

  it('changes nothing when done again, and reaches a level by way of lower ones', () => {
    fc.assert(
      fc.property(weights, share, share, (given, one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one]
        const at = (masks: readonly Uint8Array[]) => given.map(({ scores }, i) => ({ scores, kept: masks[i]! }))
        const once = unstructured(given, high)
        expect(unstructured(at(once), high)).toEqual(once)
        expect(unstructured(at(unstructured(given, low)), high)).toEqual(once)
      }),
    )
  })

  it('of equal scores prunes the first, whatever the sign of zero', () => {
    const masks = unstructured(
      [
        { scores: Float32Array.of(1, 0, -0), kept: allKept(3) },
        { scores: Float32Array.of(0, -0, 1), kept: allKept(3) },
      ],
      0.5,
    )
    expect(masks.map((mask) => [...mask])).toEqual([
      [1, 0, 0],
      [0, 1, 1],
    ])
  })
})
