import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cholesky, inverse, inverseFactor, invertLower } from './cholesky.ts'

/** a bᵀ of row-major `[n, n]` matrices. */
function product(a: Float64Array, b: Float64Array, n: number): number[] {
  return Array.from({ length: n * n }, (_, index) => {
    const [i, j] = [Math.floor(index / n), index % n]
    let sum = 0
    for (let k = 0; k < n; k++) sum += a[i * n + k]! * b[j * n + k]!
    return sum
  })
}

const transpose = (a: Float64Array, n: number): Float64Array =>
  a.map((_, index) => a[(index % n) * n + Math.floor(index / n)]!)
const identity = (n: number): number[] => Array.from({ length: n * n }, (_, index) => Number(index % (n + 1) === 0))

/** B Bᵀ + 1: its eigenvalues are from 1 to 1 + n · 16 n, so that no inverse here loses over 4 of the 16 digits. */
const positiveDefinite = fc.integer({ min: 1, max: 9 }).chain((n) =>
  fc.array(fc.integer({ min: -4, max: 4 }), { minLength: n * n, maxLength: n * n }).map((values) => {
    const b = Float64Array.from(values)
    return { n, h: Float64Array.from(product(b, b, n), (each, index) => each + Number(index % (n + 1) === 0)) }
  }),
)

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  const scale = Array.from(expected).reduce((most, each) => Math.max(most, Math.abs(each)), 0)
  // Sums of at most 9 terms (or 130, below) of numbers known to 16 digits, less the 4 of the inverse.
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(1e-11 * scale)
}

const isLower = (a: Float64Array, n: number): boolean => a.every((each, index) => index % n <= index / n || each === 0)

describe('factors of a positive definite matrix', () => {
  it('are lower triangular, and L Lᵀ is the matrix', () => {
    fc.assert(
      fc.property(positiveDefinite, ({ n, h }) => {
        const lower = cholesky(h, n)
        expect(isLower(lower, n)).toBe(true)
        expectClose(product(lower, lower, n), h)
        expectClose(product(invertLower(lower, n), transpose(lower, n), n), identity(n))
      }),
    )
  })

  it('of the inverse are upper triangular, and Uᵀ U times the matrix is 1', () => {
    fc.assert(
      fc.property(positiveDefinite, ({ n, h }) => {
        const upper = inverseFactor(h, n)
        expect(isLower(transpose(upper, n), n)).toBe(true)
        const columns = transpose(upper, n)
        const square = Float64Array.from(product(columns, columns, n))
        expectClose(product(square, h, n), identity(n))
        expectClose(inverse(h, n), square)
      }),
    )
  })

  it('hold beyond the bands of rows in which they are computed', () => {
    const n = 130
    const b = Float64Array.from({ length: n * n }, (_, index) => Math.sin(index * index))
    const h = Float64Array.from(product(b, b, n), (each, index) => each + n * Number(index % (n + 1) === 0))
    expectClose(product(inverse(h, n), h, n), identity(n))
  })

  it('are those computed by hand', () => {
    expect([...cholesky(Float64Array.of(4, 2, 2, 5), 2)]).toEqual([2, 0, 1, 2])
    // The inverse is [[5, -2], [-2, 4]] / 16.
    const [u00, u01, zero, u11] = inverseFactor(Float64Array.of(4, 2, 2, 5), 2)
    expect(zero).toBe(0)
    expectClose([u00! ** 2, u00! * u01!, u01! ** 2 + u11! ** 2], [5 / 16, -2 / 16, 4 / 16])
  })

  it('do not exist of a matrix that is not positive definite, or none', () => {
    expect(() => cholesky(Float64Array.of(1, 1, 1, 1), 2)).toThrow('pivot 1 of 2 is 0; add more damping')
    expect(() => inverseFactor(Float64Array.of(1, 0, 0, Number.NaN), 2)).toThrow('not positive definite')
    expect(() => cholesky(Float64Array.of(1, 2), 2)).toThrow('2 numbers are no matrix [2, 2]')
  })
})
