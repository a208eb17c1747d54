import { afterEach, beforeEach, expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { concat, expand, gather, matmul, openBackend, sin, sum, useBackend, zeros } from '../index.ts'
import type { GpujsBackend } from './backend.ts'

const { getContext } = OffscreenCanvas.prototype
let contexts: WebGL2RenderingContext[] = []

beforeEach(() => {
  contexts = []
  OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...given: Parameters<typeof getContext>) {
    const context = getContext.apply(this, given)
    if (context instanceof WebGL2RenderingContext) contexts.push(context)
    return context
  } as typeof getContext
})
afterEach(() => {
  OffscreenCanvas.prototype.getContext = getContext
})

async function open(): Promise<GpujsBackend> {
  const backend = (await openBackend('gpujs')) as GpujsBackend
  useBackend(backend)
  return backend
}

test('in a browser the default is WebGL2', async () => {
  const backend = await open()
  expect(backend.mode).toBe('webgl2')
  await backend.close()
})

test('the CPU mode is there, too', async () => {
  const backend = await openBackend('gpujs', { mode: 'cpu' })
  const x = tensor([1, 2, 3, 4], { backend, shape: [2, 2] })
  expect([...(await matmul(x, x).data())]).toEqual([7, 10, 15, 22])
  await backend.close()
})

test('two backends, of which one is closed, do not disturb each other', async () => {
  const [first, second] = [await open(), await open()]
  const x = tensor([1, 2, 3], { backend: second })
  await first.close()
  expect([...(await x.mul(x).data())]).toEqual([1, 4, 9])
  await second.close()
})

test('places beyond 2²⁴, which a float32 cannot name, are found', async () => {
  const backend = await open()
  const size = 2 ** 24 + 3
  const x = concat([zeros([size - 2]), tensor([5, 7])])
  expect(await sum(x).item()).toBe(12)
  expect([...(await x.slice([size - 3], [size]).data())]).toEqual([0, 5, 7])
  // Ids of such an axis are looked up on the host.
  expect([...(await gather(x, tensor([size - 1, size - 2], { dtype: 'i32' })).data())]).toEqual([7, 5])
  await backend.close()
})

test('a tensor that no texture holds is refused, with both numbers', async () => {
  const backend = await open()
  const x = tensor([1])
  expect(() => expand(x, [8193, 8192])).toThrow(/67117056 elements; textures here hold at most \d+/)
  expect([...(await x.data())]).toEqual([1])
  await backend.close()
})

test('angles of any size have their sine', async () => {
  const backend = await open()
  const angles = Float32Array.of(1e6, 123456789, 2 ** 40, -1e20, 3e38)
  const sines = await sin(tensor(angles)).data()
  angles.forEach((angle, i) => expect(Math.abs(sines[i]! - Math.sin(angle))).toBeLessThan(2 ** -22))
  await backend.close()
})

test('a lost context is an error that says so, and does not hang', async () => {
  const backend = await open()
  const x = tensor([1, 2]).neg()
  contexts[0]!.getExtension('WEBGL_lose_context')!.loseContext()
  await expect(x.data()).rejects.toThrow(/the WebGL2 context was lost/)
  expect(() => x.mul(x)).toThrow(/open the backend again/)
  await backend.close()
})
