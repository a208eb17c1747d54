import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { masked } from './masked.ts'
import { relative } from './relative.ts'
import { twoOfFour } from './two-of-four.ts'

const marks = (length: number, ...places: number[]): Uint8Array =>
  Uint8Array.from({ length }, (_, place) => Number(places.includes(place)))

describe('a relative index', () => {
  it('counts the zeros before each weight, with a filler after 31 in 5 bits: figure 2 of Deep Compression', () => {
    // 4 zeros; 31 zeros and the filler, 3 more; then 23 zeros to the end, which need none.
    const kept = relative.keep(marks(64, 4, 40), 64, 5)!
    expect([...kept.places]).toEqual([4, 36, 40])
    expect([...kept.index]).toEqual([4, 31, 3])
  })

  it('has fillers to the end, so that few bytes never stand for many weights', () => {
    const kept = relative.keep(marks(100), 100, 5)!
    expect([...kept.places]).toEqual([31, 63, 95])
    expect(() => relative.find(kept.index, 128, 5)).toThrow('the index ends 32 weights before the last')
    expect(() => relative.find(new Uint8Array(0), 2 ** 50, 8)).toThrow('before the last')
    expect(() => relative.find(kept.index, 95, 5)).toThrow('entry 2 of the index lies at weight 95 of 95')
  })
})

describe('two of four', () => {
  it('keeps the two that are not 0, or the first others in their place', () => {
    const kept = twoOfFour.keep(marks(12, 1, 2, 7), 12, 2)!
    expect([...kept.places]).toEqual([1, 2, 4, 7, 8, 9])
    expect([...kept.index]).toEqual([1, 2, 0, 3, 0, 1])
  })

  it('is for rows of fours with two at most', () => {
    expect(twoOfFour.keep(marks(12, 0, 1, 2), 12, 2)).toBeUndefined()
    expect(twoOfFour.keep(marks(12), 6, 2)).toBeUndefined()
    expect(() => twoOfFour.find(Uint8Array.of(1, 1), 4, 2)).toThrow('a pair of the index does not rise')
    expect(() => twoOfFour.find(Uint8Array.of(1), 2, 2)).toThrow('2 weights are not made of fours')
  })
})

describe('every form', () => {
  it('finds again what it kept, and keeps all that is not 0', () => {
    const form = fc.constantFrom(masked, relative, twoOfFour)
    const given = fc.array(fc.constantFrom(0, 0, 0, 0, 0, 1), { maxLength: 80 })
    fc.assert(
      fc.property(form, given, fc.nat(6), ({ indexBits, keep, find }, marked, which) => {
        const nonZero = Uint8Array.from(marked)
        const bits = indexBits[which % indexBits.length]!
        const kept = keep(nonZero, nonZero.length, bits)
        fc.pre(kept !== undefined)
        expect(find(kept.index, nonZero.length, bits)).toEqual(kept.places)
        expect(kept.index.every((each) => each < 2 ** bits)).toBe(true)
        const places = new Set(kept.places)
        expect(marked.every((mark, place) => mark === 0 || places.has(place))).toBe(true)
      }),
    )
  })
})
