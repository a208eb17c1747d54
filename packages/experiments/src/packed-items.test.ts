import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packItems, unpackItems } from './packed-items.ts'

test('what is packed comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 100 }), (correct) => {
      expect([...unpackItems(packItems(correct), correct.length)]).toEqual(correct.map(Number))
    }),
  )
})

test('eight items take a byte, the first in the lowest bit', () => {
  expect(packItems([1, 0, 0, 0, 0, 0, 0, 0, 0, 1])).toBe(btoa('\x01\x02'))
})

test('ten thousand items fit', () => {
  const correct = Uint8Array.from({ length: 10_000 }, (_, item) => (item % 3 === 0 ? 1 : 0))
  expect(unpackItems(packItems(correct), 10_000)).toEqual(correct)
})

test('refuses bits of another task', () => {
  expect(() => unpackItems(packItems([1, 0]), 9)).toThrow('9 items take 2 bytes, got 1')
})
