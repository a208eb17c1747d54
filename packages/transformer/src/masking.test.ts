import { foldIn, key } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DynamicMasking, type MaskableVocabulary, type MaskedIds } from './masking.ts'
import { trainTokenizer } from './tokenizer/index.ts'

const vocabulary: MaskableVocabulary = { vocabularySize: 100, maskId: 4, isSpecial: (id) => id < 5 }
const masking = new DynamicMasking(vocabulary)

/** Four sequences `<s> … </s>`, padded. `[4, 32]` */
function batch(seed = 0): Int32Array {
  return Int32Array.from({ length: 4 * 32 }, (_, index) => {
    const column = index % 32
    if (column === 0) return 0
    if (column === 29) return 2
    return column > 29 ? 1 : 5 + ((index * 7 + seed) % 95)
  })
}

const anyCount = fc.constantFrom('fixed' as const, 'free' as const)
const anyStep = fc.nat({ max: 1e6 })

describe('masking', () => {
  test('chooses ordinary tokens only, labels are what was there, and all else stays', () => {
    fc.assert(
      fc.property(anyStep, anyCount, fc.constantFrom(0.15, 0.4, 0.8), (step, count, share) => {
        const ids = batch(step)
        const { inputs, positions, labels } = new DynamicMasking(vocabulary, { share, count }).mask(ids, key(step))
        expect(ids).toEqual(batch(step))
        expect(positions).toEqual(Int32Array.from(new Set(positions)).sort())
        const restored = inputs.slice()
        positions.forEach((position, index) => {
          expect(vocabulary.isSpecial(ids[position] as number)).toBe(false)
          restored[position] = labels[index] as number
        })
        expect(restored).toEqual(ids)
        for (const position of positions) {
          const input = inputs[position] as number
          expect(input === 4 || !vocabulary.isSpecial(input)).toBe(true)
        }
      }),
    )
  })

  test('chooses the same number in every batch: round(share · tokens)', () => {
    fc.assert(
      fc.property(anyStep, fc.double({ min: 0.01, max: 0.85, noNaN: true }), (step, share) => {
        const { positions, labels } = new DynamicMasking(vocabulary, { share }).mask(batch(), key(step))
        expect([positions.length, labels.length]).toEqual([Math.round(share * 128), Math.round(share * 128)])
      }),
    )
  })

  test('is the same for a key, another for each step, and does not depend on the rest of the batch', () => {
    const step = (number: number): MaskedIds => masking.mask(batch(), foldIn(key(1), number))
    expect(step(3)).toEqual(step(3))
    expect(step(3).positions).not.toEqual(step(4).positions)
    const free = new DynamicMasking(vocabulary, { count: 'free' })
    const whole = free.mask(batch(), key(1))
    const first = free.mask(batch().slice(0, 32), key(1))
    expect(first.inputs).toEqual(whole.inputs.slice(0, 32))
  })
})

test('a tokenizer is a vocabulary to mask with', () => {
  const tokenizer = trainTokenizer(['the cat sat on the mat'], { vocabularySize: 265 })
  const ids = tokenizer.encode('the cat sat on the mat')
  const { inputs, positions } = new DynamicMasking(tokenizer, { share: 0.5 }).mask(ids, key(0))
  expect(positions).toHaveLength(Math.round(ids.length / 2))
  expect(inputs).toContain(tokenizer.maskId)
})

describe('the shares', () => {
  const steps = 4000
  const share = 0.2

  /** How often each fate was met, and each place chosen, over many batches. */
  function tally(count: 'fixed' | 'free'): { fates: number[]; chosen: number; places: number[]; drawn: Set<number> } {
    const sampled = new DynamicMasking(vocabulary, { share, count })
    const ids = batch()
    const fates = [0, 0, 0]
    const places = new Array<number>(ids.length).fill(0)
    const drawn = new Set<number>()
    let chosen = 0
    for (let step = 0; step < steps; step++) {
      const { inputs, positions, labels } = sampled.mask(ids, foldIn(key(7), step))
      chosen += positions.length
      positions.forEach((position, index) => {
        const input = inputs[position] as number
        const fate = input === 4 ? 0 : input === labels[index] ? 2 : 1
        fates[fate] = (fates[fate] as number) + 1
        places[position] = (places[position] as number) + 1
        if (fate === 1) drawn.add(input)
      })
    }
    return { fates, chosen, places, drawn }
  }

  test.each(['fixed', 'free'] as const)('%s: 80% masked, 10% random, 10% kept, every place alike', (count) => {
    const { fates, chosen, places, drawn } = tally(count)
    // of 10% random draws, 1 in 95 is the token that was there
    const expected = [0.8, 0.1 * (94 / 95), 0.1 + 0.1 / 95]
    // five standard deviations of a share of about 100,000 draws
    fates.forEach((fate, index) => {
      const mean = expected[index] as number
      expect(Math.abs(fate / chosen - mean)).toBeLessThan(5 * Math.sqrt((mean * (1 - mean)) / chosen))
    })
    expect(drawn.size).toBe(95)
    const ordinary = places.filter((_, place) => !vocabulary.isSpecial(batch()[place] as number))
    const mean = count === 'fixed' ? Math.round(share * 128) / ordinary.length : share
    for (const times of ordinary) {
      expect(Math.abs(times / steps - mean)).toBeLessThan(5 * Math.sqrt((mean * (1 - mean)) / steps))
    }
  })
})

test('a share out of range, or more to mask than there is, is an error', () => {
  expect(() => new DynamicMasking(vocabulary, { share: 0 })).toThrow(/share must be > 0 and <= 1, got 0/)
  expect(() => new DynamicMasking(vocabulary, { share: Number.NaN })).toThrow(/got NaN/)
  const padded = new Int32Array(100).fill(1).fill(9, 0, 10)
  expect(() => masking.mask(padded, key(0))).toThrow(/10 ordinary tokens of 100, fewer than the 15 to mask/)
  expect(new DynamicMasking(vocabulary, { count: 'free' }).mask(padded, key(0)).positions.length).toBeLessThanOrEqual(
    10,
  )
})
