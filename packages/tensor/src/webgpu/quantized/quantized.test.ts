import { afterAll, describe, expect, test } from 'vitest'
import type { Composite } from '../../composites/composite.ts'
import { composites } from '../../composites/index.ts'
import { check } from '../../conformance/check.ts'
import { type Conformance, compositeCases } from '../../conformance/index.ts'
import { openDawn } from '../../dawn/index.ts'
import { apply, openBackend, quantizedLinear, scope, tensor } from '../../index.ts'
import { WebgpuBackend } from '../backend.ts'
import { openDevice } from '../device/device.ts'
import type { WebgpuOptions } from '../index.ts'

/** With packed dot products, if WGSL has them here, or without. */
async function open(options: WebgpuOptions, packedDotProducts: boolean): Promise<WebgpuBackend> {
  const usual = (await openBackend('webgpu', options)) as WebgpuBackend
  if (packedDotProducts) return usual
  await usual.close()
  return new WebgpuBackend(await openDevice(await openDawn(), {}), { ...usual.choices, packedDotProducts })
}

/** What a GPU runs, and what a processor: here on whatever adapter there is. */
const backends = {
  'in workgroup memory': await open({ workgroupMemory: true }, true),
  'in workgroup memory, without packed dot products': await open({ workgroupMemory: true }, false),
  'each by itself, without packed dot products': await open({ workgroupMemory: false }, false),
} as const

afterAll(() => Promise.all(Object.values(backends).map((backend) => backend.close())))

function holds<P>(op: Composite<P>, table: Conformance<P>): void {
  describe(`${op.name} in workgroup memory`, () => {
    for (const each of table.cases) test(each.name, () => check(op, each, table, backends['in workgroup memory']))
  })
}

holds(composites.quantizedLinear, compositeCases.quantizedLinear)
holds(composites.weightOnlyLinear, compositeCases.weightOnlyLinear)

test('this adapter has packed dot products, so that both ways are tried', () => {
  expect(backends['in workgroup memory'].choices.packedDotProducts).toBe(true)
})

/** Numbers in -1..1, the same every time. */
const noise = (size: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i + (i % 13) ** 2))

/** Rows around 4, beyond which there are tiles, and 32, their size; codes of rows that are made of vectors, words, bytes. */
test.each([
  [1, 129, 50],
  [4, 64, 33],
  [5, 48, 31],
  [70, 200, 66],
])('whole products have the same bits however they are formed: %i rows, %i inputs, %i outputs', async (...sizes) => {
  const [rows, inner, columns] = sizes
  const codes = Int8Array.from({ length: columns * inner }, (_, i) => ((i * 7919) % 256) - 128)
  const results = await Promise.all(
    Object.values(backends).map(async (backend) => {
      using _ = scope()
      const x = tensor(noise(rows * inner, 1), { shape: [rows, inner], backend })
      const weights = tensor(codes, { shape: [columns, inner], dtype: 'i8', backend })
      return quantizedLinear(x, weights, tensor(noise(columns, 2), { backend })).data()
    }),
  )
  for (const result of results) expect(result).toEqual(results[0])
})

test.each([1, 9])('of %i rows, those of zeros give zeros, and those that are not finite NaN', async (rows) => {
  for (const backend of Object.values(backends)) {
    using _ = scope()
    for (const [value, expected] of [
      [0, 0],
      [Number.NaN, Number.NaN],
      [Number.POSITIVE_INFINITY, Number.NaN],
    ] as const) {
      const x = new Float32Array(rows * 6).fill(1)
      x[(rows - 1) * 6] = value
      if (value === 0) x.fill(0, (rows - 1) * 6)
      const inputs = [
        tensor(x, { shape: [rows, 6], backend }),
        tensor(new Int8Array(12).fill(3), { shape: [2, 6], dtype: 'i8', backend }),
        tensor([0.5, 2], { backend }),
      ]
      const [y] = apply(composites.quantizedLinear, inputs, {})
      expect((await y!.data()).slice(-2)).toEqual(Float32Array.of(expected, expected))
    }
  }
})
