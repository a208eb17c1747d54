import { expect, test } from 'vitest'
import { openBackend, sum, tensor, useBackend, zeros } from '../index.ts'
import type { GpujsBackend } from './backend.ts'

test('in Node the default is the CPU mode', async () => {
  const backend = (await openBackend('gpujs')) as GpujsBackend
  expect(backend.mode).toBe('cpu')
  await backend.close()
})

test('WebGL2 where there is none, or an unknown mode, is refused', async () => {
  await expect(openBackend('gpujs', { mode: 'webgl2' })).rejects.toThrow(/no WebGL2 with float32 textures/)
  await expect(openBackend('gpujs', { mode: 'webgl' as 'webgl2' })).rejects.toThrow(/expected 'webgl2' or 'cpu'/)
})

test('what is uploaded and downloaded are copies', async () => {
  const backend = await openBackend('gpujs')
  useBackend(backend)
  const given = new Float32Array([1, 2, 3])
  const x = tensor(given)
  given[0] = 9
  const first = await x.data()
  first[1] = 9
  expect([...(await x.data())]).toEqual([1, 2, 3])
  expect([...(await x.neg().data())]).toEqual([-1, -2, -3])
  await backend.close()
})

test('sums of nothing are 0, over any axes', async () => {
  const backend = await openBackend('gpujs')
  useBackend(backend)
  for (const axis of [0, [0, 2], [1, 2]]) {
    const sums = await sum(zeros([0, 3, 2]), { axis }).data()
    expect(sums).toEqual(new Float32Array(sums.length))
  }
  expect((await sum(zeros([0, 3, 2]), { axis: [0, 2] }).data()).length).toBe(3)
  await backend.close()
})
