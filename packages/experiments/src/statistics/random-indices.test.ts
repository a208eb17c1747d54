import { key, philox } from '@tlc/tensor'
import { expect, test } from 'vitest'
import { randomIndices } from './random-indices.ts'
import { randomNormals } from './random-normals.ts'

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

test('the normal numbers have mean 0, variance 1 and the tails of the bell', () => {
  const draw = randomNormals(key(3))
  const values = Array.from({ length: 100_000 }, draw)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  expect(Math.abs(mean)).toBeLessThan(0.0127) // four standard errors, 1 / √100000 each
  expect(Math.abs(variance - 1)).toBeLessThan(0.018) // four times √(2 / 100000)
  expect(values.filter((value) => Math.abs(value) < 1.959964).length / values.length).toBeCloseTo(0.95, 2)
})
