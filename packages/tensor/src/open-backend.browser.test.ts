import { expect, test } from 'vitest'
import { openBackend } from './open-backend.ts'

test('a browser whose only adapter is a processor gets wasm, and is told so', async () => {
  const backend = await openBackend()
  expect(backend.name).toBe('wasm')
  expect(backend.choice!.passedOver).toEqual([
    { name: 'webgpu', why: 'the adapter that WebGPU finds is no GPU (google swiftshader)' },
  ])
  await backend.close()
})
