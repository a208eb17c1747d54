import { afterAll, expect, test } from 'vitest'
import { openBackend, quantizedLinear, type Tensor, tensor, weightOnlyLinear } from '../index.ts'

const backends = await Promise.all([
  openBackend('wasm', { strict: true, threads: 1 }),
  openBackend('wasm', { threads: 1 }),
  openBackend('wasm', { threads: 2 }),
  openBackend('wasm', { threads: 1, wide: true }),
])

afterAll(() => Promise.all(backends.map((backend) => backend.close())))

const noise = (size: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: size }, (_, i) => Math.fround(Math.sin(seed + 1.7 * i + (i % 13) ** 2)))

/** Half of a whole number goes to the even one. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  return rest === 0.5 ? below + (below & 1) : Math.round(x)
}

/** The formula, each step of it rounded to f32. */
function meant(
  x: Float32Array,
  codes: Int8Array,
  scales: Float32Array,
  bias: Float32Array,
  inner: number,
): Float32Array {
  const columns = scales.length
  const y = new Float32Array((x.length / inner) * columns)
  for (let at = 0; at < y.length; at++) {
    const [row, column] = [Math.floor(at / columns), at % columns]
    const values = x.subarray(row * inner, (row + 1) * inner)
    const step = Math.fround(values.reduce((most, each) => Math.max(most, Math.abs(each)), 0) / 127)
    let sum = 0
    for (let k = 0; k < inner; k++) {
      const q = step === 0 ? 0 : roundHalfEven(Math.fround(values[k]! / step))
      sum += Math.max(-127, Math.min(q, 127)) * codes[column * inner + k]!
    }
    y[at] = Math.fround(Math.fround(sum) * Math.fround(step * scales[column]!)) + bias[column]!
  }
  return y
}

/** Rows around 32, beyond which codes are packed; columns around 4, 8 and 16, inputs around 8 and 16. */
const sizes = [
  [1, 1, 1],
  [1, 17, 5],
  [2, 8, 4],
  [3, 100, 67],
  [32, 33, 9],
  [33, 33, 9],
  [34, 47, 15],
  [35, 16, 16],
  [70, 129, 50],
] as const

test.each(sizes)(
  'products of whole numbers are exact: %i rows, %i inputs, %i outputs',
  async (rows, inner, columns) => {
    const x = noise(rows * inner, 1)
    // Rows of zeros, and of numbers whose step is as small as f32 has, or 0.
    if (rows > 2) x.fill(0, inner, 2 * inner)
    if (rows > 30) x.subarray(2 * inner, 3 * inner).forEach((each, i, row) => (row[i] = each * 2 ** -141))
    if (rows > 30) x.subarray(3 * inner, 4 * inner).forEach((each, i, row) => (row[i] = each * 2 ** -146))
    // Steps of 1, and halves of them, which go to even ones.
    if (rows > 2) x.subarray((rows - 1) * inner).forEach((_, i, row) => (row[i] = i === 0 ? 127 : (i % 9) - 4.5))
    const codes = Int8Array.from({ length: columns * inner }, (_, i) => ((i * 7919) % 256) - 128)
    const [scales, bias] = [noise(columns, 2), noise(columns, 3)]
    const expected = meant(x, codes, scales, bias, inner)
    for (const backend of backends) {
      const on = (data: Float32Array | Int8Array, shape: readonly number[]): Tensor =>
        tensor(data, { shape, backend, dtype: data instanceof Int8Array ? 'i8' : 'f32' })
      const given = [
        on(x, [rows, inner]),
        on(codes, [columns, inner]),
        on(scales, [columns]),
        on(bias, [columns]),
      ] as const
      using y = quantizedLinear(...given)
      // 0 and -0 are both a sum of nothing.
      expect((await y.data()).findIndex((value, at) => value !== expected[at])).toBe(-1)
      for (const each of given) each.dispose()
    }
  },
)

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  'a row with %d has no numbers, and the others keep theirs',
  async (odd) => {
    for (const backend of backends) {
      const x = tensor([1, 2, 3, odd, 5, 6], { shape: [3, 2], backend })
      const codes = tensor(Int8Array.of(1, 2, 3, 4), { shape: [2, 2], dtype: 'i8', backend })
      using y = quantizedLinear(x, codes, tensor([1, 1], { backend }))
      expect([...(await y.data())].map(Number.isFinite)).toEqual([true, true, false, false, true, true])
    }
  },
)

test.each([1, 8, 9, 40])('packed weights give the same bits on any number of threads: %i rows', async (rows) => {
  const [inner, columns, group] = [600, 300, 32]
  const x = noise(rows * inner, 1)
  const codes = Uint8Array.from({ length: (columns * inner) / 2 }, (_, i) => (i * 7919) % 256)
  const scales = noise(columns * Math.ceil(inner / group), 2)
  const [, one, two, wide] = await Promise.all(
    backends.map(async (backend) => {
      const weight = {
        codes: tensor(codes, { shape: [columns, inner / 2], dtype: 'u8', backend }),
        scales: tensor(scales, { shape: [columns, Math.ceil(inner / group)], backend }),
        bits: 4,
        group,
      } as const
      using y = weightOnlyLinear(tensor(x, { shape: [rows, inner], backend }), weight)
      return y.data()
    }),
  )
  expect(two!.findIndex((value, at) => value !== one![at])).toBe(-1)
  expect(wide!.findIndex((value, at) => value !== one![at])).toBe(-1)
})
