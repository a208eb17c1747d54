import { afterAll, expect, test } from 'vitest'
import type { View } from '../../backend.ts'
import { openDawn } from '../../dawn/index.ts'
import { decodeFloat16, encodeFloat16 } from '../../float16.ts'
import { sizeOf } from '../../shape.ts'
import type { WebgpuBackend } from '../backend.ts'
import { openWebgpu } from '../index.ts'
import type { TileName } from './tile.ts'

const gpu = globalThis.navigator?.gpu ?? (await openDawn())
const hasHalf = (await gpu.requestAdapter())?.features.has('shader-f16') ?? false
const title = hasHalf ? 'f16' : 'f16: skipped, this adapter has no shader-f16'
const opened: WebgpuBackend[] = []

afterAll(async () => {
  await Promise.all(opened.map((backend) => backend.close()))
})

function view(backend: WebgpuBackend, shape: readonly number[], values: readonly number[] = []): View {
  const size = sizeOf(shape)
  const buffer = backend.allocate(2 * size)
  if (values.length > 0) backend.upload(buffer, Uint16Array.from(values, encodeFloat16))
  return { buffer, shape, size, dtype: 'f16' }
}

async function valuesOf(backend: WebgpuBackend, { buffer, size }: View): Promise<number[]> {
  return [...(await backend.download(buffer, 'f16', size))].map(decodeFloat16)
}

/** Quarters: products and sums of them are exact in f32, and f16 rounds them once, if sums are not f16. */
const quarters = (size: number, seed: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.round(8 * Math.sin(seed + 1.7 * i)) / 4)

const rounded = (value: number): number => decodeFloat16(encodeFloat16(value))

interface Case {
  readonly op: 'matmul' | 'linear'
  readonly rows: number
  readonly inner: number
  readonly columns: number
}

/** Rows made of fours and not; the last is summed in pieces, which are f32. */
const cases: readonly Case[] = [
  { op: 'matmul', rows: 9, inner: 21, columns: 7 },
  { op: 'linear', rows: 12, inner: 40, columns: 68 },
  { op: 'linear', rows: 3, inner: 520, columns: 5 },
]

for (const tile of ['direct 32x32 by 4x4', 'shared 32x32 by 4x4', 'lanes by 8x4'] as const satisfies TileName[]) {
  test.skipIf(!hasHalf)(`${title}: ${tile} sums in f32 and rounds once`, { timeout: 120_000 }, async () => {
    const backend = await openWebgpu({ gpu, tile })
    opened.push(backend)
    for (const { op, rows, inner, columns } of cases) {
      const [left, right, bias] = [quarters(rows * inner, 1), quarters(inner * columns, 2), quarters(columns, 3)]
      const sum = (i: number): number => {
        const [row, column] = [Math.floor(i / columns), i % columns]
        return left
          .slice(row * inner, (row + 1) * inner)
          .reduce((total, value, k) => total + value * right[column * inner + k]!, op === 'linear' ? bias[column]! : 0)
      }
      const truth = Array.from({ length: rows * columns }, (_, i) => rounded(sum(i)))
      const [a, b, y] = [
        view(backend, [rows, inner], left),
        view(backend, [columns, inner], right),
        view(backend, [rows, columns]),
      ]
      if (op === 'matmul') backend.kernels.matmul([a, b], { transposeA: false, transposeB: true }, [y])
      else backend.fused.linear!([a, b, view(backend, [columns], bias)], {}, [y])
      expect(await valuesOf(backend, y)).toEqual(truth)
    }
  })
}
