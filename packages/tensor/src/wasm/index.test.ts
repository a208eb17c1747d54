import { expect, test } from 'vitest'
import { gelu, matmul, openBackend, tensor, useBackend } from '../index.ts'
import type { WasmBackend } from './backend.ts'
import { supports } from './module.ts'

test('strict mode runs the build without relaxed SIMD, the default the fastest that the engine accepts', async () => {
  const strict = (await openBackend('wasm', { strict: true })) as WasmBackend
  const standard = (await openBackend('wasm')) as WasmBackend
  expect(strict.build).toBe('simd')
  expect(standard.build).toBe(supports('relaxed') ? 'relaxed' : 'simd')
  await Promise.all([strict.close(), standard.close()])
})

test('256-bit vectors are asked for where V8 has them, and change no bits', async () => {
  const backends = [false, true].map((wide) => openBackend('wasm', { wide, threads: 1 }))
  const [narrow, wide] = (await Promise.all(backends)) as WasmBackend[]
  expect(narrow!.wide).toBe(false)
  expect(wide!.wide).toBe(Number.parseFloat(process.versions.v8) >= 13)
  const numbers = Float32Array.from({ length: 60 * 70 }, (_, i) => Math.sin(i) * 3)
  const [first, second] = await Promise.all(
    [narrow!, wide!].map(async (backend) => {
      using x = tensor(numbers, { shape: [60, 70], backend })
      using y = matmul(x, x, { transposeB: true })
      using z = gelu(x)
      // Often enough for the optimizing compiler, which alone joins vectors.
      for (let i = 0; i < 300; i++) matmul(x, x, { transposeB: true }).dispose()
      using again = matmul(x, x, { transposeB: true })
      return Promise.all([y, z, again].map((tensor) => tensor.data()))
    }),
  )
  expect(second).toEqual(first)
  await Promise.all([narrow!.close(), wide!.close()])
})

test('a number of threads that is none is refused', async () => {
  for (const threads of [0, 1.5, -1, 1025, Number.NaN]) {
    await expect(openBackend('wasm', { threads })).rejects.toThrow(/threads must be a whole number from 1 to 1024/)
  }
})

test('elements come back as they went in, for every element type, also after the memory has grown', async () => {
  const backend = await openBackend('wasm')
  useBackend(backend)
  const arrays = [
    ['f32', new Float32Array([1.5, -0, Number.NaN])],
    ['i32', new Int32Array([-(2 ** 31), 7])],
    ['u32', new Uint32Array([2 ** 32 - 1])],
    ['bool', new Uint8Array([0, 1, 1])],
    ['bf16', new Uint16Array([65535, 3])],
    ['i8', new Int8Array([-128])],
    ['f32', new Float32Array(0)],
  ] as const
  const tensors = arrays.map(([dtype, data]) => tensor(data, { dtype }))
  tensor(new Float32Array(4_000_000))
  for (const [index, [, data]] of arrays.entries()) expect(await tensors[index]!.data()).toEqual(data)
  await backend.close()
})

test('what is downloaded is a copy', async () => {
  const backend = await openBackend('wasm')
  useBackend(backend)
  const x = tensor([1, 2, 3])
  const first = await x.data()
  first[0] = 9
  expect([...(await x.data())]).toEqual([1, 2, 3])
  await backend.close()
})

test('the memory limit is kept, with an error that has the sizes', async () => {
  const backend = await openBackend('wasm', { memoryLimit: 8_000_000 })
  useBackend(backend)
  expect(() => tensor(new Float32Array(3_000_000))).toThrow(/12000000 bytes requested with \d+ in use, limit 8000000/)
  expect(await tensor([0, 0, 0]).data()).toEqual(new Float32Array(3))
  await backend.close()
})
