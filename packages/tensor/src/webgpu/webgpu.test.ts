import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { gelu, LifetimeError, matmul, openBackend, scope, type Tensor, tensor } from '../index.ts'
import type { WebgpuBackend } from './backend.ts'
import { openWebgpu, type WebgpuOptions } from './index.ts'

const opened: WebgpuBackend[] = []

async function open(options: WebgpuOptions = {}): Promise<WebgpuBackend> {
  const backend = (await openBackend('webgpu', options)) as WebgpuBackend
  opened.push(backend)
  return backend
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((backend) => backend.close()))
})

/** Numbers in -1..1, the same every time. */
function numbers(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(1 + 1.7 * i))
}

test('it says what it runs on', async () => {
  expect((await open()).adapter).not.toBe('')
})

test('what is queued runs in one submission, when something is read', async () => {
  const backend = await open()
  let x = tensor(numbers(1000), { backend })
  for (let i = 0; i < 200; i++) x = x.add(x).neg()
  const before = backend.work.submits
  await x.data()
  expect(backend.work.submits - before).toBe(1)
})

test('things read at the same time share a submission', async () => {
  const backend = await open()
  const x = tensor(numbers(10), { backend })
  const results = [x.neg(), x.exp(), x.mul(x)]
  const before = backend.work.submits
  await Promise.all(results.map((each) => each.data()))
  expect(backend.work.submits - before).toBe(1)
})

test('an upload comes after what was recorded before, and before what is recorded later', async () => {
  const backend = await open()
  using x = tensor([1, 2, 3, 4], { backend })
  const doubled = x.add(x)
  backend.upload(x.buffer, Float32Array.of(10, 20, 30, 40))
  expect(await doubled.data()).toEqual(Float32Array.of(2, 4, 6, 8))
  expect(await x.add(x).data()).toEqual(Float32Array.of(20, 40, 60, 80))
})

test('scalars in the middle of a step do not submit', async () => {
  const backend = await open()
  const x = tensor(numbers(1000), { backend })
  const step = async (): Promise<number> => {
    const before = backend.work.submits
    using inner = scope()
    let y: Tensor = x
    for (let i = 1; i < 100; i++) y = y.mul(1 / i).add(i)
    await inner.keep(y).data()
    y.dispose()
    return backend.work.submits - before
  }
  await step()
  expect(await step()).toBe(1)
})

test('equal steps use equal buffers, and compile nothing twice', async () => {
  const backend = await open()
  const x = tensor(numbers(64 * 64), { shape: [64, 64], backend })
  const step = async (): Promise<void> => {
    using _ = scope()
    await gelu(matmul(x, x, { transposeB: true }).add(1))
      .sum()
      .item()
  }
  await step()
  await step()
  const before = backend.work
  for (let i = 0; i < 300; i++) await step()
  const after = backend.work
  expect(after.bytes).toBe(before.bytes)
  expect(after.programs).toBe(before.programs)
  expect(backend.memory().tensors).toBe(1)
})

test('a tensor beyond what the adapter binds is refused with both numbers, and the others stay', async () => {
  const backend = await open()
  const x = tensor([1, 2], { backend })
  expect(() => backend.allocate(2 ** 40)).toThrow(/1099511627776 bytes, but this adapter binds \d+ at most/)
  expect(await x.data()).toEqual(Float32Array.of(1, 2))
})

test('a lost device is told once, by what waits and what comes after, and another one can be opened', async () => {
  let device: GPUDevice | undefined
  const gpu = await (await import('../dawn/index.ts')).openDawn()
  const spied = new Proxy(gpu, {
    get: (target, name) =>
      name !== 'requestAdapter'
        ? Reflect.get(target, name)
        : async (options: GPURequestAdapterOptions) => {
            const adapter = (await target.requestAdapter(options))!
            return new Proxy(adapter, {
              get: (inner, key) =>
                key !== 'requestDevice'
                  ? Reflect.get(inner, key)
                  : async (descriptor: GPUDeviceDescriptor) => {
                      device = await inner.requestDevice(descriptor)
                      return device
                    },
            })
          },
  })
  const backend = await open({ gpu: spied })
  const x = tensor(numbers(1000), { backend })
  const reading = x.exp().data()
  device!.destroy()
  await expect(reading).rejects.toThrow(/the device was lost .*go on from the last checkpoint/)
  await device!.lost
  expect(() => x.neg()).toThrow(LifetimeError)
  await expect(x.data()).rejects.toThrow(/the device was lost/)
  x.dispose()
  const next = await open()
  expect(await tensor([1], { backend: next }).neg().data()).toEqual(Float32Array.of(-1))
})

test('closing makes what waits fail, and closing twice is fine', async () => {
  const backend = await open()
  const x = tensor(numbers(10), { backend })
  const reading = x.neg().data()
  await Promise.all([expect(reading).rejects.toThrow(/closed/), backend.close()])
  await backend.close()
  expect(() => x.neg()).toThrow(/closed/)
  x.dispose()
})

test('two backends in one operation are an error, two devices as well', async () => {
  const [first, second] = [await open(), await open()]
  const [a, b] = [tensor([1], { backend: first }), tensor([2], { backend: second })]
  expect(() => a.add(b)).toThrow(/another backend/)
})

test('without an adapter the error says what to look for', async () => {
  const none = { requestAdapter: async () => null } as unknown as GPU
  await expect(openWebgpu({ gpu: none })).rejects.toThrow(/no adapter was found.*driver/)
})

test('a process with open backends ends by itself once they are closed', async () => {
  const built = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)
  const code = `import { openBackend, tensor } from ${built}
const backend = await openBackend('webgpu')
console.log((await tensor([2], { backend }).neg().data())[0])
await backend.close()`
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { timeout: 20_000 })
  expect((await run).stdout).toBe('-2\n')
})
