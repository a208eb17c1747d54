import { describe, expect, test } from 'vitest'
import { isRight, numbers } from './case.ts'
import { compare, largestError } from './cases/composite.ts'
import { checkProduct, type Layout, layouts } from './cases/product.ts'

describe('products are compared with float64', () => {
  const size = { rows: 5, columns: 7, inner: 3, batch: 2 }
  const a = numbers(2 * 5 * 3, 1)
  const b = numbers(2 * 3 * 7, 2)

  /** The product by its definition, its operands read as a layout says. */
  function product(layout: Layout): Float32Array {
    const { transposeA, transposeB } = layouts[layout]
    return Float32Array.from({ length: 2 * 5 * 7 }, (_, index) => {
      const [matrix, row, column] = [Math.floor(index / 35), Math.floor(index / 7) % 5, index % 7]
      let sum = 0
      for (let k = 0; k < 3; k++) {
        const left = a[matrix * 15 + (transposeA ? k * 5 + row : row * 3 + k)]!
        sum += left * b[matrix * 21 + (transposeB ? column * 3 + k : k * 7 + column)]!
      }
      return sum
    })
  }

  test('a right one passes in every layout', () => {
    for (const layout of Object.keys(layouts) as Layout[]) {
      expect(isRight(checkProduct(product(layout), size, layout, [a, b]))).toBe(true)
    }
  })

  test('another layout, one wrong element, a NaN, a missing row and a missing bias do not', () => {
    const right = product('NN')
    const passes = (given: ArrayLike<number>, bias?: Float32Array): boolean =>
      isRight(checkProduct(given, size, 'NN', [a, b], bias))
    expect(passes(right)).toBe(true)
    expect(passes(product('NT'))).toBe(false)
    for (const wrong of [0.001, Number.NaN]) {
      for (let place = 0; place < right.length; place++) {
        expect(passes(right.map((x, index) => (index === place ? x + wrong : x)))).toBe(false)
      }
    }
    expect(passes(right.subarray(7))).toBe(false)
    expect(passes(right, numbers(7, 3))).toBe(false)
  })
})

test('errors are parts of the largest element, and NaN is never small', () => {
  expect(largestError([1, 2, 3], [1, 2, 4])).toBe(0.25)
  expect(largestError([0, 0], [0, 0])).toBe(0)
  expect(largestError([Number.NaN, 1], [1, 1])).toBeNaN()
  expect(largestError([1], [1, 1])).toBeNaN()
})

test('of several results the worst counts; some may be missing, but not all', () => {
  const expected = [[1, 2], [4]]
  expect(compare([[1, 2], [3]], expected).error).toBe(0.25)
  expect(isRight(compare([[1, 2]], expected))).toBe(true)
  expect(isRight(compare([], expected))).toBe(false)
})
