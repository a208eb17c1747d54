import { useBackend } from '@tlc/tensor'
import { openWebgpu } from '@tlc/tensor/webgpu'
import { expect, test } from 'vitest'
import { regression } from './regression.ts'

test('a thousand steps hold the buffers, programs and tensors of the first ten', async () => {
  const backend = await openWebgpu()
  useBackend(backend)
  const { train } = regression()
  const losses: number[] = []
  const held: string[] = []
  for (let step = 0; step < 1000; step++) {
    losses.push(await train(step))
    const { bytes, programs } = backend.work
    held.push(`${bytes} bytes, ${programs} programs, ${backend.memory().bytes} bytes of tensors`)
  }
  expect(new Set(held.slice(10)).size).toBe(1)
  const mean = (some: readonly number[]): number => some.reduce((sum, loss) => sum + loss, 0) / some.length
  expect(mean(losses.slice(-100))).toBeLessThan(mean(losses.slice(0, 100)) / 2)
  await backend.close()
})
