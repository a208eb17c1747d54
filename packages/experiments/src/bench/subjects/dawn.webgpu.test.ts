import { add, openBackend, tensor } from '@tlc/tensor'
import { expect, test } from 'vitest'
import { countDeviceWork, provideWebgpu } from './dawn.ts'

test('a process is given WebGPU as browsers have it, and what is asked of it can be counted', async () => {
  const { features } = await provideWebgpu()
  expect(features).toContain('core-features-and-limits')
  const backend = await openBackend('webgpu', { gpu: navigator.gpu })
  const x = tensor([1, 2], { backend })
  const twice = async () => {
    using sum = add(x, x)
    using again = add(sum, x)
    expect([...(await again.data())]).toEqual([3, 6])
  }
  const submit = GPUQueue.prototype.submit
  expect(await countDeviceWork(twice)).toEqual({ submits: 1, dispatches: 2 })
  expect(await countDeviceWork(async () => undefined)).toEqual({ submits: 0, dispatches: 0 })
  await expect(countDeviceWork(() => Promise.reject(new Error('interrupted')))).rejects.toThrow('interrupted')
  expect(GPUQueue.prototype.submit).toBe(submit)
  await backend.close()
})
