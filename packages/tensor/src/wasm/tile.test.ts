import { afterAll, expect, test } from 'vitest'
import { matmul, openBackend, tensor } from '../index.ts'
import type { WasmBackend } from './backend.ts'
import { type Tile, tiles } from './tile.ts'

const backends = await Promise.all(
  [true, false].map(async (strict) => ({
    strict,
    byTile: await Promise.all(tiles.map((tile) => openBackend('wasm', { tile, strict, threads: 1 }))),
    measured: (await openBackend('wasm', { strict, threads: 1 })) as WasmBackend,
  })),
)

afterAll(async () => {
  await Promise.all(backends.flatMap(({ byTile, measured }) => [...byTile, measured]).map((one) => one.close()))
})

/** Around multiples of 2, 4, 6, 8 and 16, of blocks of 128 rows, 256 inner and 512 columns; inner empty. */
const sizes = [4, 5, 6, 7, 8, 9, 127, 258].map((rows, i) => [rows, [1, 3, 0, 257, 16, 5, 127, 515][i]!, 2 + 75 * i])

test.each(backends)('tiles give the same bits, strict: $strict', async ({ byTile }) => {
  for (const [rows, inner, columns] of sizes as [number, number, number][]) {
    for (const [transposeA, transposeB] of [[], [true], [false, true], [true, true]]) {
      const options = { transposeA: transposeA ?? false, transposeB: transposeB ?? false }
      const products = byTile.map((backend) => {
        const at = (shape: readonly [number, number], seed: number) => {
          const data = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) =>
            Math.sin(seed + 1.7 * i + (i % 13) ** 2),
          )
          return tensor(data, { shape, backend })
        }
        const a = at(options.transposeA ? [inner, rows] : [rows, inner], 1)
        const b = at(options.transposeB ? [columns, inner] : [inner, columns], 2)
        return matmul(a, b, options).data()
      })
      const [first, ...others] = await Promise.all(products)
      // An element of each rather than all: of large arrays that differ, a description would take minutes.
      const differs = others.map((other) => other.findIndex((value, i) => !Object.is(value, first![i])))
      expect(differs, `${rows} x ${inner} x ${columns}`).toEqual(others.map(() => -1))
    }
  }
})

test.each(backends)('one of them is measured to be the fastest, and kept; strict: $strict', ({ measured, byTile }) => {
  expect(tiles).toContain(measured.tile)
  expect(measured.tile).toBe(measured.tile)
  expect(byTile.map((backend) => (backend as WasmBackend).tile)).toEqual(tiles)
})

test('a tile that is not there is an error that lists those that are', async () => {
  await expect(openBackend('wasm', { tile: '5x5' as Tile })).rejects.toThrow(/no tile '5x5'; use '4x8', '2x16', '6x8'/)
})
