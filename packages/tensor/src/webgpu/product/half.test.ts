import { afterAll, expect, test } from 'vitest'
import type { View } from '../../backend.ts'
import { openDawn } from '../../dawn/index.ts'
import { decodeFloat16, encodeFloat16 } from '../../reference/float16.ts'
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

for (const tile of ['direct 32x32 by 4x4', 'shared 64x64 by 8x8', 'lanes by 8x4'] as const satisfies TileName[]) {
  test.skipIf(!hasHalf)(`${title}: ${tile} sums in f32 and rounds once`, async () => {
    const backend = await openWebgpu({ gpu, tile })
    opened.push(backend)
    for (const [rows, inner, columns] of [
      [9, 21, 7],
      [12, 40, 68],
      // In pieces, whose sums are f32.
      [3, 520, 5],
    ] as const) {
      const [left, right, bias] = [quarters(rows * inner, 1), quarters(inner * columns, 2), quarters(columns, 3)]
      const sum = (i: number): number => {
        const [row, column] = [Math.floor(i / columns), i % columns]
        return left
          .slice(row * inner, (row + 1) * inner)
          .reduce((total, value, k) => total + value * right[column * inner + k]!, 0)
      }
      const sums = Array.from({ length: rows * columns }, (_, i) => sum(i))
      const [a, b] = [view(backend, [rows, inner], left), view(backend, [columns, inner], right)]
      const [y, z] = [view(backend, [rows, columns]), view(backend, [rows, columns])]
      backend.kernels.matmul([a, b], { transposeA: false, transposeB: true }, [y])
      expect(await valuesOf(backend, y)).toEqual(sums.map(rounded))
      backend.fused.linear!([a, b, view(backend, [columns], bias)], {}, [z])
      expect(await valuesOf(backend, z)).toEqual(sums.map((value, i) => rounded(value + bias[i % columns]!)))
    }
  })
}
