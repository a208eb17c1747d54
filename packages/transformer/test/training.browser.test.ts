import { openBackend } from '@tlc/tensor'
import { openWebgpu } from '@tlc/tensor/webgpu'
import { expect, test } from 'vitest'
import { lossesOf, tiny } from './masked-training.ts'

test('training on WebGPU in a browser has the losses of the wasm backend', async () => {
  const { isFallbackAdapter } = (await navigator.gpu.requestAdapter())!.info
  // A step takes more than a second where WebGPU computes on the processor.
  const steps = isFallbackAdapter ? 10 : 100
  const [wasm, webgpu] = [await openBackend('wasm', { threads: 1 }), await openWebgpu()]
  const losses = await lossesOf(webgpu, tiny, steps)
  const expected = await lossesOf(wasm, tiny, steps)
  // Both round every operation; a hundred steps carry differences of 2⁻²⁴ on, and enlarge them.
  losses.forEach((loss, step) => expect(Math.abs(loss / expected[step]! - 1)).toBeLessThan(1e-4))
  expect(losses.at(-1)).toBeLessThan(losses[0]!)
  expect(webgpu.memory().tensors).toBe(0)
  await Promise.all([wasm.close(), webgpu.close()])
}, 180_000)
