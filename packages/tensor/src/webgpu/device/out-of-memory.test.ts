import { afterEach, expect, test } from 'vitest'
import { withBackend } from '../../context.ts'
import { openDawn } from '../../dawn/index.ts'
import { type Tensor, tensor, zeros } from '../../index.ts'
import type { WebgpuBackend } from '../backend.ts'
import { openWebgpu } from '../index.ts'
import { usage } from './usage.ts'

let backend: WebgpuBackend | undefined

afterEach(() => backend?.close())

/** The object, with some of its members replaced. */
function replaced<T extends object>(target: T, members: object): T {
  const get = (_: T, name: string | symbol): unknown => {
    if (name in members) return Reflect.get(members, name)
    const value = Reflect.get(target, name)
    return typeof value === 'function' ? value.bind(target) : value
  }
  return new Proxy(target, { get })
}

/**
 * A backend on a device that has no memory for some buffers: it makes them as the real one would, invalid, and says so in
 * the scope that is open.
 */
async function openWith(refuses: (descriptor: GPUBufferDescriptor) => boolean): Promise<WebgpuBackend> {
  const gpu = await openDawn()
  const onDevice = (device: GPUDevice): GPUDevice => {
    let refused = false
    return replaced(device, {
      createBuffer(descriptor: GPUBufferDescriptor) {
        if (!refuses(descriptor)) return device.createBuffer(descriptor)
        refused = true
        device.pushErrorScope('validation')
        const invalid = device.createBuffer({ ...descriptor, usage: 0 })
        void device.popErrorScope()
        return invalid
      },
      async popErrorScope() {
        const answer = refused ? { message: 'no memory' } : null
        refused = false
        return (await device.popErrorScope()) ?? answer
      },
    })
  }
  const requestAdapter = async (options: GPURequestAdapterOptions): Promise<GPUAdapter> => {
    const adapter = (await gpu.requestAdapter(options))!
    const requestDevice = async (descriptor: GPUDeviceDescriptor): Promise<GPUDevice> =>
      onDevice(await adapter.requestDevice(descriptor))
    return replaced(adapter, { requestDevice })
  }
  backend = await openWebgpu({ gpu: replaced(gpu, { requestAdapter }) })
  return backend
}

const mega = 2 ** 20
const message = /out of memory: the device refused a buffer of 4194304 bytes, beside \d+ bytes of others/

test('without memory for a tensor, what depends on it is lost, and nothing else', async () => {
  const opened = await openWith(({ size }) => size >= 4 * mega)
  const [before, large] = withBackend(opened, (): Tensor[] => [tensor([1, 2]), zeros([mega])])
  const doubled = before!.add(before!)
  const lost = large!.add(1)
  const alsoLost = lost.sum().add(before!)
  const fine = doubled.neg()
  await expect(alsoLost.data()).rejects.toThrow(message)
  await expect(large!.data()).rejects.toThrow(RangeError)
  expect(await before!.data()).toEqual(Float32Array.of(1, 2))
  expect(await fine.data()).toEqual(Float32Array.of(-2, -4))
  expect(() => lost.neg()).toThrow(message)
  for (const each of [large!, lost, alsoLost]) each.dispose()
  expect(await fine.exp().data()).toHaveLength(2)
})

test('an upload to a tensor that has no memory is lost with it', async () => {
  const opened = await openWith(({ size }) => size >= 4 * mega)
  const large = tensor(new Float32Array(mega), { backend: opened })
  await expect(large.data()).rejects.toThrow(message)
  expect(await tensor([3], { backend: opened }).data()).toEqual(Float32Array.of(3))
})

test('free buffers are given back before a tensor is lost', async () => {
  let [made, refused] = [0, 0]
  const opened = await openWith(
    ({ size, usage: flags }) => size >= mega && (flags & usage.storage) > 0 && ++made === refused,
  )
  const first = tensor(new Float32Array(mega).fill(2), { backend: opened })
  expect((await first.data())[mega - 1]).toBe(2)
  first.dispose()
  const bytes = opened.work.bytes
  refused = made + 1
  const second = tensor(new Float32Array(2 * mega).fill(3), { backend: opened })
  expect((await second.data())[mega]).toBe(3)
  expect(opened.work.bytes).toBe(bytes + 4 * mega)
})

test('a copy to read that there is no memory for rejects, and the tensor stays', async () => {
  let full = false
  const opened = await openWith(({ size }) => full && size >= 4 * mega)
  const x = tensor(new Float32Array(mega).fill(1), { backend: opened })
  const sum = x.sum()
  full = true
  await expect(x.data()).rejects.toThrow(/out of memory: there is none for a copy of 4194304 bytes/)
  full = false
  expect(await sum.item()).toBe(mega)
  expect(await x.data()).toHaveLength(mega)
})
