import { afterEach, expect, test } from 'vitest'
import { matmul, openBackend, scope, tensor } from '../../index.ts'
import type { WebgpuBackend } from '../backend.ts'
import type { WebgpuOptions } from '../index.ts'
import { classOf, TileChoice } from './choice.ts'
import type { ProductSizes } from './run.ts'
import { candidates, fits, type TileName, tileNames, tileOf } from './tile.ts'

const opened: WebgpuBackend[] = []

async function open(options: WebgpuOptions = {}): Promise<WebgpuBackend> {
  const backend = (await openBackend('webgpu', options)) as WebgpuBackend
  opened.push(backend)
  return backend
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((backend) => backend.close()))
})

const sizes: ProductSizes = {
  element: 'f32',
  transposeA: false,
  transposeB: true,
  rows: 100,
  columns: 50,
  inner: 64,
  matrices: 1,
  axes: [],
}
const gpu = { workgroupMemory: true, subgroupSize: 0 }

async function square(backend: WebgpuBackend, size: number): Promise<Float32Array> {
  using _ = scope()
  const data = Float32Array.from({ length: size * size }, (_, i) => Math.sin(i))
  const x = tensor(data, { shape: [size, size], backend })
  return (await matmul(x, x).data()) as Float32Array
}

test('a class is a layout, how rows are read, and sizes rounded to powers of two', () => {
  expect(classOf(sizes)).toBe('NT f32 vectors 128x64x64')
  expect(classOf({ ...sizes, rows: 120, columns: 60 })).toBe(classOf(sizes))
  expect(classOf({ ...sizes, rows: 200 })).toBe('NT f32 vectors 256x64x64')
  expect(classOf({ ...sizes, transposeA: true, rows: 99, matrices: 12 })).toBe(
    'TT f32 vectors of b 128x64x64, 16 times',
  )
  expect(classOf({ ...sizes, inner: 63 })).toBe('NT f32 numbers 128x64x64')
})

test('every class has candidates that are within the default limits of WebGPU', () => {
  for (const name of tileNames) {
    const { x, y, rows, columns, inner, operands } = tileOf(name, { workgroupMemory: true, subgroupSize: 32 })
    expect(x * y).toBeLessThanOrEqual(256)
    if (operands === 'shared') expect(4 * inner * (x * columns + y * rows)).toBeLessThanOrEqual(16384)
  }
  for (const workgroupMemory of [false, true]) {
    for (const subgroupSize of [0, 4, 32]) {
      const seen = [1, 20, 1000].flatMap((rows) =>
        [1, 20, 1000].flatMap((columns) => candidates(rows, columns, { workgroupMemory, subgroupSize })),
      )
      expect(seen.some((name) => name.startsWith('lanes'))).toBe(subgroupSize > 0)
      expect(seen.some((name) => name.startsWith('shared'))).toBe(workgroupMemory)
    }
  }
})

test('what is given is used: one tile for all, or for classes', () => {
  const all = new TileChoice(gpu, 'direct 32x32 by 4x4')
  expect(all.of(sizes)).toEqual(tileOf('direct 32x32 by 4x4', gpu))
  const some = new TileChoice(gpu, { [classOf(sizes)]: 'shared 64x64 by 8x8' })
  expect(some.of(sizes)).toEqual(tileOf('shared 64x64 by 8x8', gpu))
  expect(some.of({ ...sizes, inner: 1000 })).toEqual(tileOf('shared 64x64 by 4x4', gpu))
  // The most used first; what was given is not measured.
  some.of({ ...sizes, transposeB: false })
  some.of({ ...sizes, inner: 1000 })
  expect(some.open().map((seen) => classOf(seen.sizes))).toEqual([
    'NT f32 vectors 128x64x1024',
    'NN f32 vectors of a 128x64x64',
  ])
})

test('a grid that would be too large uses larger tiles', () => {
  const narrow = new TileChoice({ workgroupMemory: false, subgroupSize: 4 }, 'lanes by 4x4')
  const tile = narrow.of({ ...sizes, rows: 1e6 })
  expect(tile.operands).toBe('direct')
  expect(fits(tile, { rows: 1e6, columns: 50 })).toBe(true)
})

test('tuning measures each class once and keeps the bits', async () => {
  const backend = await open()
  const before = await square(backend, 64)
  const guess = backend.tiles
  expect(Object.keys(guess)).toEqual(['NN f32 vectors 64x64x64'])
  const tuned = await backend.tune()
  expect(candidates(64, 64, backend.choices)).toContain(tuned['NN f32 vectors 64x64x64'])
  expect(backend.tiles).toEqual(tuned)
  const { dispatches } = backend.work
  expect(await backend.tune()).toEqual(tuned)
  expect(backend.work.dispatches).toBe(dispatches)
  expect(await square(backend, 64)).toEqual(before)
  expect(backend.memory().tensors).toBe(0)
  const again = await open({ tile: tuned })
  expect(await square(again, 64)).toEqual(before)
  expect(again.tiles).toEqual(tuned)
})

test('without time left nothing is measured', async () => {
  const backend = await open()
  await square(backend, 64)
  const { dispatches } = backend.work
  await backend.tune({ milliseconds: 0 })
  expect(backend.work.dispatches).toBe(dispatches)
})

test('a tile that is not there is an error that lists those that are', async () => {
  const nothing = '5x5' as TileName
  await expect(openBackend('webgpu', { tile: nothing })).rejects.toThrow(/no tile '5x5'; use 'direct 32x32 by 4x4', /)
  expect(() => new TileChoice(gpu, 'lanes by 8x4')).toThrow(/'lanes by 8x4' needs subgroups of one size/)
})

test('what was found out about the device is told', async () => {
  const { subgroupSize, packedDotProducts } = (await open()).choices
  expect(subgroupSize === 0 || Number.isInteger(Math.log2(subgroupSize))).toBe(true)
  expect(typeof packedDotProducts).toBe('boolean')
})
