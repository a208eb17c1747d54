import { afterEach, expect, test } from 'vitest'
import { openDawn } from '../dawn/index.ts'
import { type KernelProfile, matmul, openBackend, type Tensor, tensor } from '../index.ts'
import type { WebgpuBackend } from './backend.ts'
import { openDevice } from './device/device.ts'

const backend = (await openBackend('webgpu')) as WebgpuBackend
const ones = (...shape: number[]): Tensor => tensor(new Float32Array(shape[0]! * shape[1]!).fill(1), { shape, backend })

afterEach(() => expect(backend.profiler).toBeUndefined())

/** Time stamps are optional: https://www.w3.org/TR/webgpu/#timestamp-query */
const { adapter } = await openDevice(await openDawn(), {})
const stamps = adapter.features.has('timestamp-query')
const timed = (rows: readonly KernelProfile[], op: string): KernelProfile => rows.find((row) => row.op === op)!

test.runIf(stamps)('a profile has the time that kernels took on the device', async () => {
  const [a, b] = [ones(192, 192), ones(192, 192)]
  await matmul(a, b).add(1).data()
  using profile = backend.profile()
  const start = performance.now()
  const product = matmul(a, b)
  const sum = product.add(a).add(b)
  const rows = await profile.report({ gigaflopsPerSecond: 1000, gigabytesPerSecond: 1000 })
  const elapsed = performance.now() - start
  expect(timed(rows, 'matmul')).toMatchObject({ timed: 'kernel', calls: 1, flops: 2 * 192 ** 3 })
  expect(timed(rows, 'add')).toMatchObject({ timed: 'kernel', calls: 2 })
  for (const { milliseconds, shareOfPeak } of rows) {
    expect(milliseconds).toBeGreaterThan(0)
    expect(milliseconds).toBeLessThan(elapsed)
    expect(shareOfPeak).toBeGreaterThan(0)
  }
  expect((await sum.data())[5]).toBe(194)
})

test.runIf(stamps)('a profile goes over many submissions', async () => {
  using profile = backend.profile()
  let x = ones(1, 4)
  for (let i = 0; i < 2500; i++) x = x.neg()
  expect(await x.data()).toEqual(Float32Array.of(1, 1, 1, 1))
  expect(timed(await profile.report(), 'neg').calls).toBe(2500)
  const before = timed(await profile.report(), 'neg').milliseconds
  x.neg()
  expect(timed(await profile.report(), 'neg').milliseconds).toBeGreaterThan(before)
})

test('a device without time stamps says that calls were timed, and gives no rates', async () => {
  const gpu = await openDawn()
  const features = new Set<string>()
  const requestAdapter = async (): Promise<GPUAdapter> => {
    const real = (await gpu.requestAdapter())!
    return new Proxy(real, {
      get(target, name) {
        if (name === 'features') return features
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
  const plain = await openBackend('webgpu', { gpu: { requestAdapter } as GPU })
  using profile = plain.profile()
  await tensor([1, 2], { backend: plain }).neg().data()
  const [row] = await profile.report({ gigaflopsPerSecond: 1, gigabytesPerSecond: 1 })
  expect(row).toMatchObject({ op: 'neg', timed: 'call', calls: 1, gigabytesPerSecond: 0 })
  expect(row!.shareOfPeak).toBeUndefined()
  await plain.close()
})
