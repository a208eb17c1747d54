import { key, philox } from '@tlc/tensor'
import { expect, test } from 'vitest'
import { randomIndices } from './random-indices.ts'

test('the numbers are the scaled words of Philox in order', () => {
  const draw = randomIndices(key(42))
  const words = [...philox([0, 0, 0, 2], key(42)), ...philox([1, 0, 0, 2], key(42))]
  expect(words.map(() => draw(1000))).toEqual(words.map((word) => Math.floor((word / 2 ** 32) * 1000)))
})

test('every number comes up about equally often', () => {
  const draw = randomIndices(key(7))
  const counts = new Array<number>(10).fill(0)
  for (let i = 0; i < 100_000; i++) counts[draw(10)]! += 1
  const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
  expect(chiSquare).toBeLessThan(27.9) // the 99.9% quantile at 9 degrees of freedom
})

test('another key gives other numbers', () => {
  const [first, second] = [randomIndices(key(1)), randomIndices(key(2))]
  const take = (draw: (count: number) => number) => Array.from({ length: 20 }, () => draw(1e6))
  expect(take(first)).not.toEqual(take(second))
})
