import { afterAll, expect, test } from 'vitest'
import { openDawn } from '../../dawn/index.ts'
import { openBackend, scope, tensor } from '../../index.ts'
import type { WebgpuBackend } from '../backend.ts'
import { openDevice } from './device.ts'
import { Pending } from './pending.ts'
import { BufferPool } from './pool.ts'

/** All of it is held until the end: Dawn frees what a device stands on with the rest. */
const opened = await openDevice(await openDawn(), {})
const { device } = opened
const mega = 2 ** 20

afterAll(() => opened.device.destroy())

test('free buffers are as large as the most that was in use, at most', () => {
  const pool = new BufferPool(device, new Pending())
  const kept = pool.allocate(4 * mega)
  for (let size = 1; size < 20; size++) {
    const blocks = [pool.allocate(size * mega), pool.allocate(size * mega)]
    for (const block of blocks) {
      block.memory.lastUse = size
      pool.free(block, size + 1)
    }
    pool.sent(size)
  }
  // 4 + 2 · 20 MB were in use at once, since 19 is of the class of 20; all sizes together are over 300.
  expect(pool.bytes).toBeLessThanOrEqual(2 * 44 * mega)
  pool.free(kept, 0)
  pool.close()
  expect(pool.bytes).toBe(0)
})

test('buffers of commands that are not on their way are not destroyed', () => {
  const pool = new BufferPool(device, new Pending())
  for (let size = 1; size < 20; size++) {
    const block = pool.allocate(size * mega)
    block.memory.lastUse = 7
    pool.free(block, 8)
  }
  expect(pool.bytes).toBeGreaterThan(100 * mega)
  pool.sent(7)
  pool.allocate(24 * mega)
  expect(pool.bytes).toBeLessThanOrEqual(2 * 24 * mega)
  pool.close()
})

test('a tensor larger than any buffer is refused with the limit that is smaller', () => {
  const limited = (maxBufferSize: number, maxStorageBufferBindingSize: number): BufferPool =>
    new BufferPool({ limits: { maxBufferSize, maxStorageBufferBindingSize } } as GPUDevice, new Pending())
  expect(() => limited(2000, 1000).allocate(1001)).toThrow(
    /a tensor of 1001 bytes, but this adapter binds 1000 at most/,
  )
  expect(() => limited(1000, 2000).allocate(1500)).toThrow(/this adapter has buffers of 1000 at most/)
})

test('memory is flat over 1,000 steps of varying lengths', async () => {
  const backend = (await openBackend('webgpu')) as WebgpuBackend
  const weight = tensor(new Float32Array(32 * 32).fill(0.01), { shape: [32, 32], backend })
  const step = async (length: number): Promise<void> => {
    using _ = scope()
    const x = tensor(new Float32Array(length * 32).fill(1), { shape: [length, 32], backend })
    await x.matmul(weight).exp().mul(x).sum().item()
  }
  const bytesAfter = async (first: number, last: number): Promise<number> => {
    for (let i = first; i < last; i++) await step(8 + ((i * 37) % 121))
    return backend.work.bytes
  }
  const early = await bytesAfter(0, 121)
  expect(await bytesAfter(121, 1000)).toBe(early)
  expect(backend.memory().tensors).toBe(1)
  await backend.close()
})
