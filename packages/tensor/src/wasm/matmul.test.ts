import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { apply, type Backend, composites, matmul, openBackend, type Shape, sizeOf, tensor } from '../index.ts'
import { batchRuns } from './batch.ts'

const reference = await openBackend('reference')
const builds = { relaxed: await openBackend('wasm'), strict: await openBackend('wasm', { strict: true }) }

afterAll(async () => {
  await Promise.all([builds.relaxed, builds.strict, reference].map((backend) => backend.close()))
})

/** Numbers in -1..1, the same every time. */
function numbers(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i + (i % 13) ** 2))
}

interface Case {
  readonly left: Shape
  readonly right: Shape
  readonly transposeA?: boolean
  readonly transposeB?: boolean
}

async function product(backend: Backend, a: Float32Array, b: Float32Array, given: Case): Promise<Float32Array> {
  const { left, right, ...options } = given
  using x = tensor(a, { shape: left, backend })
  using y = tensor(b, { shape: right, backend })
  using z = matmul(x, y, options)
  return (await z.data()) as Float32Array
}

/**
 * A sum of K products rounded K times in f32 differs from the exact one by K · 2⁻²⁴ · Σ |a||b| at most, one rounding of
 * the reference included (Higham 2002, eq. 3.5).
 */
async function expectProduct(backend: Backend, given: Case): Promise<void> {
  const a = numbers(sizeOf(given.left), 1)
  const b = numbers(sizeOf(given.right), 2)
  const expected = await product(reference, a, b, given)
  const magnitudes = await product(reference, a.map(Math.abs), b.map(Math.abs), given)
  const inner = given.left.at(given.transposeA ? -2 : -1)!
  const actual = await product(backend, a, b, given)
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) {
    const bound = (inner + 1) * 2 ** -24 * magnitudes[i]!
    if (!(Math.abs(actual[i]! - expected[i]!) <= bound)) {
      expect.fail(`${JSON.stringify(given)} element ${i}: ${actual[i]}, expected ${expected[i]} within ${bound}`)
    }
  }
}

/** The four layouts of a product of rows x inner and inner x columns. */
function layouts(rows: number, inner: number, columns: number, batchA: Shape = [], batchB: Shape = batchA): Case[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      left: [...batchA, ...(transposeA ? [inner, rows] : [rows, inner])],
      right: [...batchB, ...(transposeB ? [columns, inner] : [inner, columns])],
      transposeA,
      transposeB,
    })),
  )
}

describe.each(Object.entries(builds))('%s build', (_, backend) => {
  // Around the sizes of tiles (4, 8), of what is not packed (3 rows, 1 column), items (96 rows, 64 columns) and blocks (128 rows, 256 inner, 512 columns).
  test.each([
    [1, 1, 1],
    [4, 4, 8],
    [5, 3, 9],
    [3, 2, 7],
    [127, 127, 127],
    [1, 20, 33],
    [2, 18, 35],
    [3, 21, 21],
    [37, 22, 1],
    [513, 9, 3],
    [1, 300, 1],
    [33, 513, 1],
    [130, 300, 17],
    [260, 515, 40],
    [12, 7, 1030],
  ])('%i x %i times that x %i, in four layouts', async (rows, inner, columns) => {
    for (const given of layouts(rows, inner, columns)) await expectProduct(backend, given)
  })

  test('batches, also where an operand is repeated along some axes', async () => {
    const batches: [Shape, Shape][] = [
      [[6], [6]],
      [[2, 3], []],
      [[], [4, 3]],
      [
        [2, 1],
        [1, 3],
      ],
      [
        [2, 1, 2],
        [3, 1],
      ],
      [
        [2, 3, 1],
        [2, 3, 2],
      ],
    ]
    for (const [batchA, batchB] of batches) {
      for (const given of layouts(10, 7, 9, batchA, batchB)) await expectProduct(backend, given)
    }
  })

  test('any sizes', async () => {
    const size = fc.integer({ min: 1, max: 40 })
    await fc.assert(
      fc.asyncProperty(size, size, size, fc.integer({ min: 1, max: 3 }), async (rows, inner, columns, batch) => {
        for (const given of layouts(rows, inner, columns, [batch])) await expectProduct(backend, given)
      }),
      { numRuns: 25 },
    )
  })

  test('no rows, no columns or no matrices give nothing; an empty inner axis gives zeros', async () => {
    for (const [rows, inner, columns, batch] of [
      [0, 3, 4, 2],
      [3, 4, 0, 2],
      [3, 4, 5, 0],
      [3, 0, 9, 2],
    ] as const) {
      for (const given of layouts(rows, inner, columns, [batch])) await expectProduct(backend, given)
    }
  })

  test('NaN and infinities reach exactly their row and column', async () => {
    const a = numbers(9 * 9, 1)
    const b = numbers(9 * 9, 2)
    a[9 * 4 + 2] = Number.NaN
    b[9 * 3 + 8] = Number.POSITIVE_INFINITY
    const y = await product(backend, a, b, { left: [9, 9], right: [9, 9] })
    y.forEach((value, i) => {
      const [row, column] = [Math.floor(i / 9), i % 9]
      if (row === 4) expect(value).toBeNaN()
      else if (column === 8) expect(Math.abs(value)).toBe(Number.POSITIVE_INFINITY)
      else expect(Number.isFinite(value)).toBe(true)
    })
  })

  test('an element has the same bits wherever it lies, so work may be split anywhere', async () => {
    const a = numbers(131 * 300, 1)
    const b = numbers(300 * 530, 2)
    const whole = await product(backend, a, b, { left: [131, 300], right: [300, 530] })
    for (const row of [0, 3, 127, 128, 130]) {
      const alone = await product(backend, a.slice(300 * row, 300 * (row + 1)), b, {
        left: [1, 300],
        right: [300, 530],
      })
      expect(alone).toEqual(whole.slice(530 * row, 530 * (row + 1)))
    }
    for (const given of layouts(131, 300, 530)) {
      const flip = (x: Float32Array, rows: number, columns: number, flipped: boolean | undefined) =>
        flipped ? Float32Array.from(x, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!) : x
      const turned = [flip(a, 131, 300, given.transposeA), flip(b, 300, 530, given.transposeB)] as const
      expect(await product(backend, ...turned, given)).toEqual(whole)
    }
  })

  test('linear adds its bias to every row', async () => {
    for (const [shape, out] of [
      [[5, 7], 9],
      [[2, 3, 64], 33],
      [[0, 4], 3],
      [[130, 70], 40],
    ] as const) {
      const inner = shape.at(-1)!
      const data = [numbers(sizeOf(shape), 1), numbers(out * inner, 2), numbers(out, 3)] as const
      const run = async (on: Backend) => {
        const shapes = [shape, [out, inner], [out]] as const
        const inputs = data.map((values, i) => tensor(values, { shape: shapes[i]!, backend: on }))
        return [...(await apply(composites.linear, inputs, {})[0]!.data())]
      }
      const expected = await run(reference)
      const actual = await run(backend)
      // |x|, |W| and |b| are at most 1: inner + 1 roundings of sums below inner + 1.
      const bound = (inner + 2) ** 2 * 2 ** -24
      expect(actual.length).toBe(expected.length)
      const errors = actual.map((value, i) => Math.abs(value - expected[i]!))
      expect(
        errors.every((error) => error <= bound),
        `largest error ${Math.max(...errors)}, bound ${bound}`,
      ).toBe(true)
    }
  })
})

test('batches make one run, but where operands repeat along different axes', () => {
  expect(batchRuns([], [], [])).toHaveLength(1)
  expect(batchRuns([2, 3], [2, 3], [2, 3])).toEqual([
    { matrices: 6, left: 0, right: 0, output: 0, leftStep: 1, rightStep: 1 },
  ])
  expect(batchRuns([2, 3], [3], [2, 3])).toEqual([
    { matrices: 3, left: 0, right: 0, output: 0, leftStep: 1, rightStep: 1 },
    { matrices: 3, left: 3, right: 0, output: 3, leftStep: 1, rightStep: 1 },
  ])
  expect(batchRuns([2, 1], [1, 3], [2, 3]).map(({ left, right }) => [left, right])).toEqual([
    [0, 0],
    [1, 0],
  ])
})
