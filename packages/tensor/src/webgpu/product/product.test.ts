import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { linear, matmul, openBackend, scope, tensor } from '../../index.ts'
import type { WebgpuBackend } from '../backend.ts'
import { pieceOf } from './pieces.ts'
import { type TileName, tileNames } from './tile.ts'

const unaided = (await openBackend('webgpu')) as WebgpuBackend
const { subgroupSize } = unaided.choices
/** Those of subgroups exist only where subgroups have one size. */
const available = tileNames.filter((name) => subgroupSize > 0 || !name.startsWith('lanes'))
const byTile = new Map<TileName, WebgpuBackend>()

async function backendWith(tile: TileName): Promise<WebgpuBackend> {
  if (!byTile.has(tile)) byTile.set(tile, (await openBackend('webgpu', { tile })) as WebgpuBackend)
  return byTile.get(tile)!
}

afterAll(async () => {
  await Promise.all([unaided, ...byTile.values()].map((backend) => backend.close()))
})

interface Case {
  readonly rows: number
  readonly inner: number
  readonly columns: number
  readonly batchA?: readonly number[]
  readonly batchB?: readonly number[]
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/** Numbers in -1..1, the same every time. */
function numbers(shape: readonly number[], seed: number): Float32Array {
  const length = shape.reduce((product, size) => product * size, 1)
  return Float32Array.from({ length }, (_, i) => Math.sin(seed + 1.7 * i + (i % 13) ** 2))
}

function operands({ rows, inner, columns, batchA = [], batchB = [], transposeA, transposeB }: Case) {
  const a = [...batchA, ...(transposeA ? [inner, rows] : [rows, inner])]
  const b = [...batchB, ...(transposeB ? [columns, inner] : [inner, columns])]
  return { a: { data: numbers(a, 1), shape: a }, b: { data: numbers(b, 2), shape: b } }
}

async function multiply(backend: WebgpuBackend, given: Case): Promise<Float32Array> {
  using _ = scope()
  const { a, b } = operands(given)
  const [left, right] = [tensor(a.data, { shape: a.shape, backend }), tensor(b.data, { shape: b.shape, backend })]
  return (await matmul(left, right, given).data()) as Float32Array
}

/** In float64, of matrices without a batch. */
function expected(given: Case): number[] {
  const { rows, inner, columns, transposeA, transposeB } = given
  const { a, b } = operands(given)
  return Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns]
    let sum = 0
    for (let k = 0; k < inner; k++) {
      sum +=
        a.data[transposeA ? k * rows + row : row * inner + k]! *
        b.data[transposeB ? column * inner + k : k * columns + column]!
    }
    return sum
  })
}

/** Each of `inner` products below 1 is rounded to 2⁻²⁴ of itself at most, and so is each sum of them, below `inner`. */
function expectClose(actual: Float32Array, given: Case): void {
  const truth = expected(given)
  expect(actual.length).toBe(truth.length)
  const tolerance = 2 ** -24 * (given.inner + given.inner ** 2 / 2) + Number.MIN_VALUE
  const wrong = truth.findIndex((value, i) => !(Math.abs(actual[i]! - value) <= tolerance))
  expect(wrong, `element ${wrong} of ${JSON.stringify(given)}: ${actual[wrong]} for ${truth[wrong]}`).toBe(-1)
}

/** The first element whose bits differ. */
function difference(a: Float32Array, b: Float32Array): number {
  return a.findIndex((value, i) => !Object.is(value, b[i]))
}

/** Several workgroups of most tiles, none of them full: rows made of fours and not; whole steps, and a rest. */
const sizes: readonly (readonly [rows: number, inner: number, columns: number])[] = [
  [65, 37, 67],
  [68, 64, 36],
  [68, 20, 260],
  [259, 8, 3],
]
const transposes = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
)
const cases: readonly Case[] = sizes.flatMap(([rows, inner, columns], i) =>
  transposes
    // Those that differ from others at the edge alone, in two layouts.
    .filter(({ transposeA, transposeB }) => i < 2 || transposeA === transposeB)
    .map((transposed) => ({ rows, inner, columns, ...transposed })),
)

/** Drivers for processors compile some of the tiles for seconds. */
const timeout = 240_000

test.each(available)('%s: values of all layouts, and the bits of every other tile', { timeout }, async (tile) => {
  const backend = await backendWith(tile)
  for (const given of cases) {
    const actual = await multiply(backend, given)
    expectClose(actual, given)
    expect(difference(actual, await multiply(unaided, given)), JSON.stringify(given)).toBe(-1)
  }
})

test('any shapes and batches, with operands in workgroup memory and where they lie', { timeout }, async () => {
  const [shared, direct] = [await backendWith('shared 32x32 by 4x4'), await backendWith('direct 32x32 by 4x4')]
  const size = fc.integer({ min: 0, max: 40 })
  const batches = fc.constantFrom<readonly [number[], number[]]>(
    [[], []],
    [[3], [3]],
    [[2, 1], [3]],
    [[4], []],
    [[], [2]],
  )
  const anyCase = fc.record({
    rows: size,
    inner: size,
    columns: size,
    batches,
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ batches: [batchA, batchB], ...rest }) => {
      const given = { ...rest, batchA, batchB }
      const actual = await multiply(shared, given)
      expect(difference(actual, await multiply(direct, given))).toBe(-1)
      if (batchA.length + batchB.length === 0) expectClose(actual, given)
    }),
    { numRuns: 40 },
  )
})

test('a long inner axis with few outputs is summed in pieces: the same bits whatever the tile', {
  timeout,
}, async () => {
  const given = { rows: 9, inner: 1030, columns: 12, transposeA: true, transposeB: false }
  expect(pieceOf(given.rows * given.columns, given.inner)).toBe(288)
  const before = unaided.work.dispatches
  const actual = await multiply(unaided, given)
  expect(unaided.work.dispatches - before).toBe(2)
  expectClose(actual, given)
  for (const tile of ['direct 64x32 by 8x4', 'shared 64x64 by 8x8'] as const) {
    expect(difference(actual, await multiply(await backendWith(tile), given)), tile).toBe(-1)
  }
})

test('pieces of batches, and with a bias', async () => {
  using _ = scope()
  const [rows, inner, columns] = [5, 700, 6]
  const whole = numbers([2, rows, inner], 1).map(Math.round)
  const right = numbers([2, inner, columns], 2).map((x) => Math.round(3 * x))
  const bias = [1, 2, 3, 4, 5, 6]
  const a = tensor(whole, { shape: [2, rows, inner], backend: unaided })
  const b = tensor(right, { shape: [2, inner, columns], backend: unaided })
  const truth = Array.from({ length: 2 * rows * columns }, (_, i) => {
    const [matrix, row, column] = [Math.floor(i / rows / columns), Math.floor(i / columns) % rows, i % columns]
    let sum = 0
    for (let k = 0; k < inner; k++) {
      sum += whole[(matrix * rows + row) * inner + k]! * right[(matrix * inner + k) * columns + column]!
    }
    return sum
  })
  // Sums of whole numbers are exact in any order.
  expect([...(await matmul(a, b).data())]).toEqual(truth)
  const weight = b.slice([0, 0, 0], [1, inner, columns]).reshape([inner, columns]).permute([1, 0])
  const first = a.slice([0, 0, 0], [1, rows, inner]).reshape([rows, inner])
  const biased = await linear(first, weight, tensor(bias, { backend: unaided })).data()
  expect([...biased]).toEqual(truth.slice(0, rows * columns).map((sum, i) => sum + bias[i % columns]!))
})

test('pieces are whole steps of every tile, and none is longer than the axis', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 22 }), fc.integer({ min: 0, max: 2 ** 20 }), (outputs, inner) => {
      const piece = pieceOf(outputs, inner)
      if (piece === inner) return
      expect(piece % 32).toBe(0)
      expect(piece).toBeGreaterThanOrEqual(256)
      expect(piece).toBeLessThan(inner)
      expect(Math.ceil(inner / piece)).toBeLessThanOrEqual(64)
    }),
  )
})
