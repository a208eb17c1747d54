import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitLine, fitPowerLaw } from './fit-line.ts'
import { fitQuadratic } from './fit-quadratic.ts'
import { leastSquares } from './least-squares.ts'

// NIST Statistical Reference Datasets: Norris (a line, 36 points) and Longley (seven nearly collinear columns)
const norris = {
  x: [
    0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9, 338.0, 447.5,
    11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1, 118.3, 229.2, 669.1,
    448.9, 0.5,
  ],
  y: [
    0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8, 339.3, 448.9, 10.8,
    557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2,
    0.2,
  ],
}
const longley = [
  [60323, 83.0, 234289, 2356, 1590, 107608, 1947],
  [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
  [60171, 88.2, 258054, 3682, 1616, 109773, 1949],
  [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
  [63221, 96.2, 328975, 2099, 3099, 112075, 1951],
  [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
  [64989, 99.0, 365385, 1870, 3547, 115094, 1953],
  [63761, 100.0, 363112, 3578, 3350, 116219, 1954],
  [66019, 101.2, 397469, 2904, 3048, 117388, 1955],
  [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
  [68169, 108.4, 442769, 2936, 2798, 120445, 1957],
  [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
  [68655, 112.6, 482704, 3813, 2552, 123366, 1959],
  [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
  [69331, 115.7, 518173, 4806, 2572, 127852, 1961],
  [70551, 116.9, 554894, 4007, 2827, 130081, 1962],
]

test("the line through NIST's Norris data has the certified coefficients and errors", () => {
  const fit = leastSquares(
    norris.x.map((x) => [1, x]),
    norris.y,
  )
  expect(fit.coefficients[0]).toBeCloseTo(-0.262323073774029, 11)
  expect(fit.coefficients[1]).toBeCloseTo(1.00211681802045, 13)
  expect(fit.standardErrors[0]).toBeCloseTo(0.232818234301152, 11)
  expect(fit.standardErrors[1]).toBeCloseTo(0.000429796848199937, 14)
  expect(fit.residualSum).toBeCloseTo(26.6173985294224, 9)
  expect(fit.degreesOfFreedom).toBe(34)
})

test("NIST's Longley data, whose condition number is 5e9, keep seven digits", () => {
  const fit = leastSquares(
    longley.map(([, ...x]) => [1, ...x]),
    longley.map(([y]) => y!),
  )
  const certified = [
    [-3482258.63459582, 890420.383607373],
    [15.0618722713733, 84.9149257747669],
    [-0.035819179292591, 0.0334910077722432],
    [-2.02022980381683, 0.488399681651699],
    [-1.03322686717359, 0.214274163161675],
    [-0.0511041056535807, 0.22607320006937],
    [1829.15146461355, 455.478499142212],
  ]
  for (const [index, [coefficient, error]] of certified.entries()) {
    expect(fit.coefficients[index]! / coefficient!).toBeCloseTo(1, 7)
    expect(fit.standardErrors[index]! / error!).toBeCloseTo(1, 7)
  }
})

test('the exponent of a power law and its interval agree with scipy.stats.linregress 1.17.1', () => {
  const line = fitPowerLaw([28e3, 55e3, 111e3, 166e3, 221e3], [9000, 6100, 4200, 3900, 3000])
  expect(line.slope).toBeCloseTo(-0.5051524564388997, 11)
  expect(line.intercept).toBeCloseTo(14.256431086426385, 10)
  expect(line.interval.low).toBeCloseTo(-0.621766745860358, 8)
  expect(line.interval.high).toBeCloseTo(-0.3885381670174415, 8)
})

test('the parabola and the interval of its curvature agree with numpy.polyfit 2.4.6', () => {
  const fit = fitQuadratic([0, 1, 2, 3, 4, 5, 6], [4.1, 2.9, 2.2, 1.8, 2.1, 2.7, 4.2])
  for (const [index, expected] of [4.152380952380957, -1.5357142857142883, 0.25476190476190513].entries()) {
    expect(fit.coefficients[index]).toBeCloseTo(expected, 11)
  }
  expect(fit.curvatureInterval.low).toBeCloseTo(0.22305865962320295, 8)
  expect(fit.curvatureInterval.high).toBeCloseTo(0.2864651499006073, 8)
  expect(fit.vertex).toBeCloseTo(3.0140186915887854, 10)
  expect(fit.interiorMinimum).toBe(true)
})

test('a parabola that turns outside the range, or opens downwards, has no interior minimum', () => {
  const x = [1, 2, 3, 4]
  expect(
    fitQuadratic(
      x,
      x.map((value) => (value - 9) ** 2),
    ).interiorMinimum,
  ).toBe(false)
  expect(
    fitQuadratic(
      x,
      x.map((value) => -((value - 2.5) ** 2)),
    ).interiorMinimum,
  ).toBe(false)
})

test('recovers any line exactly, and shifting x does not change its slope', () => {
  const number = fc.integer({ min: -50, max: 50 })
  fc.assert(
    fc.property(number, number, number, (slope, intercept, shift) => {
      const x = [0, 1, 4, 9]
      const line = fitLine(
        x.map((value) => value + shift),
        x.map((value) => intercept + slope * value),
      )
      expect(line.slope).toBeCloseTo(slope, 9)
      expect(line.intercept).toBeCloseTo(intercept - slope * shift, 7)
    }),
  )
})

test('residuals are orthogonal to every column', () => {
  const row = fc.tuple(
    fc.integer({ min: -9, max: 9 }),
    fc.integer({ min: -9, max: 9 }),
    fc.integer({ min: -9, max: 9 }),
  )
  fc.assert(
    fc.property(fc.array(row, { minLength: 8, maxLength: 12 }), (rows) => {
      const design = rows.map(([x], index) => [1, x + index, index * index])
      const y = rows.map(([, second]) => second)
      const { coefficients } = leastSquares(design, y)
      const residuals = design.map(
        (line, index) => y[index]! - line.reduce((sum, value, j) => sum + value * coefficients[j]!, 0),
      )
      for (const column of [0, 1, 2]) {
        expect(residuals.reduce((sum, value, index) => sum + value * design[index]![column]!, 0)).toBeCloseTo(0, 7)
      }
    }),
  )
})

test('two points leave the slope without an interval', () => {
  expect(fitLine([0, 1], [0, 2]).interval).toEqual({ low: -Infinity, high: Infinity, level: 0.95 })
})

test('refuses too few observations, columns that repeat each other, values without a logarithm', () => {
  expect(() => fitLine([1], [1])).toThrow('1 observations cannot fix 2 coefficients')
  expect(() => fitLine([2, 2, 2], [1, 2, 3])).toThrow('column 1 of the design is a combination of those before it')
  expect(() => fitLine([1, 2], [1])).toThrow('2 rows and y has 1 values')
  expect(() => fitLine([1, Number.NaN], [1, 2])).toThrow('must be finite, got NaN')
  expect(() => fitPowerLaw([1, 0], [1, 2])).toThrow('got 0')
})
