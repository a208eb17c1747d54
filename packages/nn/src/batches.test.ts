import { key } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Batches, type BatchesOptions } from './batches.ts'
import { permutation } from './permutation.ts'

const options: fc.Arbitrary<BatchesOptions> = fc
  .record({ seed: fc.maxSafeNat(), batchSize: fc.integer({ min: 1, max: 9 }), more: fc.nat(40) })
  .map(({ seed, batchSize, more }) => ({ key: key(seed), batchSize, length: batchSize + more }))

const draw = (batches: Batches, count: number): number[][] => Array.from({ length: count }, () => [...batches.next()])

describe('permutation', () => {
  test('holds every number once, and is the same for the same key', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(300), (seed, length) => {
        const order = permutation(key(seed), length)
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => index))
        expect(permutation(key(seed), length)).toEqual(order)
      }),
    )
  })

  test('every order of three is as frequent as any other', () => {
    const counts = new Map<string, number>()
    const draws = 6000
    for (let seed = 0; seed < draws; seed++) {
      const order = permutation(key(seed), 3).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - draws / 6) ** 2 / (draws / 6), 0)
    // 20.5 is exceeded by chance once in a thousand with five degrees of freedom; the keys are fixed.
    expect(chiSquare).toBeLessThan(20.5)
  })
})

describe('batches', () => {
  test('a resumed stream gives what the uninterrupted one would have given', () => {
    fc.assert(
      fc.property(options, fc.nat(30), fc.integer({ min: 1, max: 30 }), (given, before, after) => {
        const straight = draw(new Batches(given), before + after)
        const first = new Batches(given)
        expect(draw(first, before)).toEqual(straight.slice(0, before))
        const position = JSON.parse(JSON.stringify(first.position))
        expect(draw(new Batches({ ...given, position }), after)).toEqual(straight.slice(before))
      }),
    )
  })

  test('an epoch has no example twice', () => {
    fc.assert(
      fc.property(options, (given) => {
        const epoch = draw(new Batches(given), Math.floor(given.length / given.batchSize)).flat()
        expect(new Set(epoch).size).toBe(epoch.length)
        expect(Math.max(...epoch)).toBeLessThan(given.length)
      }),
    )
  })

  test('epochs differ in order', () => {
    const batches = new Batches({ length: 100, batchSize: 100, key: key(1) })
    expect(batches.next()).not.toEqual(batches.next())
  })

  test('impossible sizes and foreign positions are refused', () => {
    expect(() => new Batches({ length: 3, batchSize: 4, key: key(1) })).toThrow(
      'from 1 to the 3 examples there are, got 4',
    )
    const position = { epoch: 0, batch: 5 }
    expect(() => new Batches({ length: 8, batchSize: 2, key: key(1), position })).toThrow('a batch from 0 to 4')
  })
})
