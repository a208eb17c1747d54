import { afterAll, describe, expect, test } from 'vitest'
import { builds, closeBackends, numbers, on } from '../../test/backends.ts'
import { apply, composites, type Shape, type TypedArray, tensor } from '../index.ts'
import { erf } from '../reference/erf.ts'

afterAll(closeBackends)

/** Lengths around whole vectors, and one that outgrows the nearest cache. */
const lengths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 50_265]

/** Fails unless every element is within roundings · 2⁻²⁴ · scale of what it should be. */
function expectNear(actual: ArrayLike<number>, expected: readonly number[], roundings: number, scale = 1): void {
  expected.forEach((should, i) => {
    const off = Math.abs(actual[i]! - should) / (2 ** -24 * scale)
    if (!(off <= roundings)) expect.fail(`element ${i} is ${actual[i]}, expected ${should}: ${off} roundings off`)
  })
}

function rowsOf(data: ArrayLike<number>, length: number): number[][] {
  return Array.from({ length: data.length / length }, (_, row) =>
    Array.from({ length }, (_, column) => data[row * length + column]!),
  )
}

function sum(list: readonly number[]): number {
  return list.reduce((total, x) => total + x, 0)
}

function logSumExp(row: readonly number[]): number {
  const largest = row.reduce((a, b) => Math.max(a, b))
  return Math.log(sum(row.map((x) => Math.exp(x - largest)))) + largest
}

/** Two rows of logits from -30 to 30. */
function logits(length: number): Float32Array {
  return numbers(2 * length).map((x) => x * 30)
}

describe.each(builds)('%s', (_, backend) => {
  const make = (shape: Shape, data: Float32Array) => tensor(data, { shape })

  test.each(lengths)('softmax and logSoftmax of rows of %i are those of float64', async (length) => {
    const data = logits(length)
    const [y, logY] = await on(backend, () => {
      const x = make([2, length], data)
      return [x.softmax(), x.logSoftmax()]
    })
    const rows = rowsOf(data, length)
    // e^d is off by |d| half units for the rounding of the difference d <= 60, and by what exp and the division add.
    const logarithms = rows.flatMap((row) => {
      const total = logSumExp(row)
      return row.map((x) => x - total)
    })
    expectNear(y!, logarithms.map(Math.exp), 66)
    expectNear(logY!, logarithms, 3, 64)
  })

  test.each(lengths)('cross-entropy of %i classes is that of float64', async (classes) => {
    const data = logits(classes)
    const rows = rowsOf(data, classes)
    const targets = [classes - 1, Math.floor(classes / 2)]
    for (const labelSmoothing of [0, 0.1]) {
      const parameters = { ignoreIndex: -100, labelSmoothing }
      const [loss, total, gradient] = await on(backend, () => {
        const x = make([2, classes], data)
        const ids = tensor(Int32Array.from(targets))
        const [loss, total] = apply(composites.crossEntropy, [x, ids], parameters)
        const g = tensor([1, -2])
        return [loss!, total!, apply(composites.crossEntropyGrad, [x, ids, total!, g], parameters)[0]!]
      })
      const q = (row: number, c: number) => labelSmoothing / classes + Number(c === targets[row]) * (1 - labelSmoothing)
      const totals = rows.map(logSumExp)
      expectNear(total!, totals, 3, 64)
      expectNear(
        loss!,
        rows.map((x, row) => sum(x.map((each, c) => q(row, c) * (totals[row]! - each)))),
        4,
        64,
      )
      const slopes = rows.flatMap((x, row) =>
        x.map((each, c) => (Math.exp(each - totals[row]!) - q(row, c)) * (row === 0 ? 1 : -2)),
      )
      // The exponent is off by half a unit of logits and total, 64 at most, and of their difference.
      expectNear(gradient!, slopes, 140, 2)
    }
  })

  test('cross-entropy ignores rows, and knows no target outside the classes', async () => {
    const [loss, , gradient] = await on(backend, () => {
      const x = make([3, 5], numbers(15))
      const ids = tensor(Int32Array.of(-100, 7, 2))
      const parameters = { ignoreIndex: -100, labelSmoothing: 0 }
      const [loss, total] = apply(composites.crossEntropy, [x, ids], parameters)
      return [loss!, total!, apply(composites.crossEntropyGrad, [x, ids, total!, tensor([1, 1, 1])], parameters)[0]!]
    })
    expect([...loss!.slice(0, 2)]).toEqual([0, 0])
    expect(loss![2]).toBeGreaterThan(0)
    expect([...gradient!.slice(0, 5)]).toEqual([0, 0, 0, 0, 0])
    expectNear([sum([...gradient!.slice(5, 10)]), sum([...gradient!.slice(10)])], [1, 0], 8)
  })

  test.each(lengths.slice(1))('layerNorm of rows of %i is that of float64', async (length) => {
    const data = numbers(2 * length)
    const [gamma, beta] = [numbers(length, 5), numbers(length, 6)]
    const [y] = await on(backend, () =>
      apply(composites.layerNorm, [make([2, length], data), make([length], gamma), make([length], beta)], {
        epsilon: 1e-3,
      }),
    )
    const expected = rowsOf(data, length).flatMap((row) => {
      const mean = sum(row) / length
      const scale = 1 / Math.sqrt(sum(row.map((x) => (x - mean) ** 2)) / length + 1e-3)
      return row.map((x, i) => (x - mean) * scale * gamma[i]! + beta[i]!)
    })
    // A dozen roundings on numbers that the scale, 30 at most, makes larger.
    expectNear(y!, expected, 12, 30)
  })

  // Blocks of rows are summed by themselves: one row, a block less one, a block, one more, several.
  test.each([1, 31, 32, 33, 64, 200])('layerNormGrad of %i rows sums over all of them', async (rows) => {
    const length = 21
    const [x, gamma, g] = [numbers(rows * length), numbers(length, 2), numbers(rows * length, 3)]
    const results = await on(backend, () => {
      const [input, weight, bias] = [make([rows, length], x), make([length], gamma), make([length], numbers(length, 4))]
      const [, mean, scale] = apply(composites.layerNorm, [input, weight, bias], { epsilon: 1e-5 })
      return apply(composites.layerNormGrad, [input, weight, mean!, scale!, make([rows, length], g)], {})
    })
    const [dx, dgamma, dbeta] = results as [TypedArray, TypedArray, TypedArray]
    const normalized = rowsOf(x, length).map((row) => {
      const mean = sum(row) / length
      const scale = 1 / Math.sqrt(sum(row.map((each) => (each - mean) ** 2)) / length + 1e-5)
      return { scale, n: row.map((each) => (each - mean) * scale) }
    })
    const gRows = rowsOf(g, length)
    const expectedDx = normalized.flatMap(({ n, scale }, row) => {
      const h = gRows[row]!.map((each, i) => each * gamma[i]!)
      const [meanH, meanHN] = [sum(h) / length, sum(h.map((each, i) => each * n[i]!)) / length]
      return h.map((each, i) => scale * (each - meanH - n[i]! * meanHN))
    })
    const columns = Array.from({ length }, (_, i) => i)
    expectNear(dx, expectedDx, 32, 4)
    // 32 sums in f32 at most, of terms up to 4, then f64.
    expectNear(
      dgamma,
      columns.map((i) => sum(gRows.map((row, r) => row[i]! * normalized[r]!.n[i]!))),
      64,
      4 * Math.sqrt(rows),
    )
    expectNear(
      dbeta,
      columns.map((i) => sum(gRows.map((row) => row[i]!))),
      64,
      Math.sqrt(rows),
    )
  })

  test('gelu keeps its relative precision where it nearly vanishes', async () => {
    const x = Float32Array.from({ length: 2001 }, (_, i) => i / 100 - 10)
    const [y] = await on(backend, () => [tensor(x).gelu()])
    x.forEach((each, i) => {
      // erfc by its continued fraction, since 1 + erf loses all digits.
      const expected = each > -2.9 ? (each * (1 + erf(each / Math.SQRT2))) / 2 : (each * tailOf(-each)) / 1
      // x² is rounded before e^(-x²/2), which makes it off by x²/4 units; erf adds what float64 loses.
      expectNear([y![i]!], [expected], 8 + each * each, Math.abs(expected) + 1e-15)
    })
  })

  test('adamwStep writes over its inputs what it would write elsewhere', async () => {
    const sizes = [1, 3, 16, 17, 1000]
    const parameters = {
      ...{ learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 7 },
      weightDecay: sizes.map((_, i) => i / 100),
    }
    const state = (seed: number) => sizes.map((size) => tensor(numbers(size, seed).map((x) => x * x)))
    const run = (inPlace: boolean) =>
      on(backend, () => {
        const [p, g, m, v] = [state(1), state(2), state(3), state(4)]
        const inputs = [tensor(0.5), ...p!, ...g!, ...m!, ...v!]
        return apply(composites.adamwStep, inputs, parameters, inPlace ? [...p!, ...m!, ...v!] : undefined)
      })
    expect(await run(true)).toEqual(await run(false))
  })

  test('globalNorm of many tensors is that of float64, and does not overflow on the way', async () => {
    const sizes = [1, 3, 16384, 16385, 50_000, 0]
    const [norm, large] = await on(backend, () => [
      apply(
        composites.globalNorm,
        sizes.map((size) => tensor(numbers(size))),
        {},
      )[0]!,
      apply(composites.globalNorm, [tensor([3e18, 4e18])], {})[0]!,
    ])
    const squares = sizes.map((size) => sum([...numbers(size)].map((x) => x * x)))
    expectNear(norm!, [Math.sqrt(sum(squares))], 2, Math.sqrt(sum(squares)))
    expectNear(large!, [5e18], 2, 5e18)
  })
})

/** Φ(-x) for x well above 0, by a continued fraction. @see Abramowitz & Stegun 1964, 26.2.14 */
function tailOf(x: number): number {
  let fraction = x
  for (let n = 200; n >= 1; n--) fraction = x + n / fraction
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI) / fraction
}
