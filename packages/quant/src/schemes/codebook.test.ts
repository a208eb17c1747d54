import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { codebook } from './codebook.ts'

const weights = fc
  .array(fc.float({ noNaN: true, min: -4, max: 4 }), { minLength: 1, maxLength: 80 })
  .map((values) => Float32Array.from(values))
const bits = fc.integer({ min: 1, max: 8 })

/**
 * Lloyd's algorithm as it is written down: every weight looks at every centroid.
 *
 * @returns the centroids, and how near a weight came to having two that are nearest: a tie goes by the last digit of sums
 */
function plainKMeans(weight: Float32Array, count: number): { centroids: number[]; margin: number } {
  const [low, high] = [Math.min(...weight), Math.max(...weight)]
  let centroids = Array.from({ length: count }, (_, index) => low + ((high - low) * index) / (count - 1))
  let margin = Number.POSITIVE_INFINITY
  for (let round = 0; round < 50; round++) {
    const members: number[][] = centroids.map(() => [])
    for (const each of weight) {
      const distances = centroids.map((centroid) => Math.abs(each - centroid))
      const [nearest, second] = distances.toSorted((a, b) => a - b)
      margin = Math.min(margin, second! - nearest!)
      members[distances.indexOf(nearest!)]!.push(each)
    }
    centroids = centroids.map((old, index) => {
      const mine = members[index]!
      return mine.length === 0 ? old : mine.reduce((sum, each) => sum + each, 0) / mine.length
    })
  }
  return { centroids, margin }
}

describe('a codebook', () => {
  interface KMeansCase {
    readonly name: string
    readonly file: string
    readonly k: number
    readonly inertia: number
  }

  it.each(fixtureCases<KMeansCase>('kmeans'))('$name: the labels and centroids of SciPy', ({ file, k, inertia }) => {
    const { values, shape } = fixtureTensor(file, 'in.weight')
    const weight = Float32Array.from(values)
    const scheme = codebook({ bits: Math.log2(k) })
    const encoded = scheme.encode(weight, shape)
    expect([...encoded.codes]).toEqual(fixtureTensor(file, 'out.labels').values)
    // Centroids are stored in f32.
    fixtureTensor(file, 'out.codebook').values.forEach((expected, index) =>
      expect(Math.abs(encoded.centroids[index]! - expected)).toBeLessThanOrEqual(2 ** -24 * Math.abs(expected)),
    )
    const decoded = scheme.decode(encoded)
    const squares = weight.reduce((sum, each, index) => sum + (each - decoded[index]!) ** 2, 0)
    expect(Math.abs(squares / inertia - 1)).toBeLessThan(1e-6)
  })

  it('finds what the algorithm finds as it is written down', () => {
    const many = fc
      .array(fc.double({ noNaN: true, min: -4, max: 4 }), { minLength: 20, maxLength: 80 })
      .map((values) => Float32Array.from(values))
    fc.assert(
      fc.property(many, fc.integer({ min: 1, max: 3 }), (weight, k) => {
        fc.pre(new Set(weight).size > 2 ** k)
        const { centroids } = codebook({ bits: k }).encode(weight, [weight.length])
        const plain = plainKMeans(weight, 2 ** k)
        fc.pre(plain.margin > 1e-9)
        // Sums in another order, then f32, of numbers up to 4.
        plain.centroids.forEach((expected, index) =>
          expect(Math.abs(centroids[index]! - expected)).toBeLessThan(4 * 2 ** -23),
        )
      }),
    )
  })

  it('gives every weight the nearest centroid, and as many centroids as bits can name, ascending', () => {
    fc.assert(
      fc.property(weights, bits, fc.boolean(), (weight, k, zero) => {
        const scheme = codebook({ bits: k, zero })
        const encoded = scheme.encode(weight, [weight.length])
        expect(encoded.centroids.length).toBe(2 ** k)
        expect([...encoded.centroids]).toEqual([...encoded.centroids].sort((a, b) => a - b))
        const decoded = scheme.decode(encoded)
        weight.forEach((each, index) => {
          const nearest = Math.min(...encoded.centroids.map((centroid) => Math.abs(each - centroid)))
          expect(Math.fround(Math.abs(each - decoded[index]!))).toBe(Math.fround(nearest))
        })
      }),
    )
  })

  it('encodes what it decoded as itself', () => {
    fc.assert(
      fc.property(weights, bits, fc.boolean(), (weight, k, zero) => {
        const scheme = codebook({ bits: k, zero })
        const decoded = scheme.decode(scheme.encode(weight, [weight.length]))
        expect([...scheme.decode(scheme.encode(decoded, [weight.length]))]).toEqual(
          [...decoded].map((each) => each + 0),
        )
      }),
    )
  })

  it('keeps zeros exactly where it is asked to', () => {
    fc.assert(
      fc.property(weights, bits, (weight, k) => {
        const pruned = weight.map((each, index) => (index % 2 ? each : 0))
        const scheme = codebook({ bits: k, zero: true })
        const encoded = scheme.encode(pruned, [pruned.length])
        expect(encoded.centroids.includes(0)).toBe(true)
        scheme.decode(encoded).forEach((each, index) => pruned[index] === 0 && expect(Object.is(each, 0)).toBe(true))
      }),
    )
  })

  it('says what it cannot take', () => {
    expect(() => codebook({ bits: 9 })).toThrow('from 1 to 8, got 9')
    expect(() => codebook({ bits: 4, rounds: -1 })).toThrow('rounds must be a whole number >= 0, got -1')
    expect(() => codebook({ bits: 4 }).encode(Float32Array.of(0, Number.NaN), [2])).toThrow('codebook: weight 1 is NaN')
    expect(() => codebook({ bits: 4 }).encode(Float32Array.of(0), [2])).toThrow('1 weights do not fill shape [2]')
  })
})
