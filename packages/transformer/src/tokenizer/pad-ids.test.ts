import { expect, test } from 'vitest'
import { padIds } from './pad-ids.ts'

test('sequences are filled up to the longest, the mask tells which ids are theirs', () => {
  const { ids, mask, shape } = padIds([[5, 6, 7], [8], []], { padId: 1 })
  expect(shape).toEqual([3, 3])
  expect([...ids]).toEqual([5, 6, 7, 8, 1, 1, 1, 1, 1])
  expect([...mask]).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0])
})

test('the common length is a multiple, and at least what is asked for', () => {
  expect(padIds([Int32Array.of(5, 6, 7)], { padId: 1, multipleOf: 8 }).shape).toEqual([1, 8])
  expect(padIds([[5], [5, 6, 7, 8]], { padId: 1, multipleOf: 2 }).shape).toEqual([2, 4])
  expect(padIds([[5]], { padId: 1, length: 3, multipleOf: 2 }).shape).toEqual([1, 4])
  expect(padIds([], { padId: 1, multipleOf: 8 }).shape).toEqual([0, 0])
})

test('a length or multiple that is not a whole number is an error', () => {
  expect(() => padIds([[1]], { padId: 1, multipleOf: 0 })).toThrow(/multipleOf must be a whole number > 0/)
  expect(() => padIds([[1]], { padId: 1, length: 2.5 })).toThrow(/got 1 and 2.5/)
})
