import { LossScale } from '@tlc/nn'
import { openBackend } from '@tlc/tensor'
import { openWebgpu } from '@tlc/tensor/webgpu'
import { expect, test } from 'vitest'
import { lossesOf, small, tiny } from './masked-training.ts'

const steps = 100

test('training has the losses of the wasm backend, one submission a step or two, and flat memory', async () => {
  const [wasm, webgpu] = [await openBackend('wasm', { threads: 1 }), await openWebgpu()]
  const work: (typeof webgpu.work)[] = []
  // A step of the larger model takes SwiftShader more than a second.
  const model = /swiftshader/i.test(webgpu.adapter) ? small : tiny
  const losses = await lossesOf(webgpu, model, steps, () => work.push(webgpu.work))
  const expected = await lossesOf(wasm, model, steps)
  // Both round every operation; a hundred steps carry differences of 2⁻²⁴ on, and enlarge them.
  losses.forEach((loss, step) => expect(Math.abs(loss / expected[step]! - 1)).toBeLessThan(1e-4))
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.2)
  for (let step = 3; step < steps; step++) expect(work[step]!.submits - work[step - 1]!.submits).toBeLessThanOrEqual(2)
  expect(work.at(-1)!.bytes).toBe(work[4]!.bytes)
  expect(work.at(-1)!.programs).toBe(work[4]!.programs)
  expect(webgpu.memory().tensors).toBe(0)
  await Promise.all([wasm.close(), webgpu.close()])
}, 180_000)

test('in mixed precision the losses are those of f32, without a readback, in flat memory', async (context) => {
  const webgpu = await openWebgpu()
  if (!webgpu.computesHalf) {
    await webgpu.close()
    return context.skip('this adapter has no shader-f16')
  }
  const work: (typeof webgpu.work)[] = []
  // As large as it can be from the first step on: after one that is skipped, the curves would lie a step apart.
  const lossScale = new LossScale({ initial: 2 ** 12, backend: webgpu })
  const half = await lossesOf(webgpu, { ...small, lossScale }, steps, () => work.push(webgpu.work))
  expect(await lossScale.state()).toEqual({ scale: 2 ** 12, goodSteps: steps })
  lossScale.dispose()
  const full = await lossesOf(webgpu, small, steps)
  // One rounding of f16. Those of a hundred steps point in all directions, and AdamW's steps do not grow with gradients.
  half.forEach((loss, step) => expect(Math.abs(loss / full[step]! - 1)).toBeLessThan(2 ** -11))
  expect(half).not.toEqual(full)
  expect(half.at(-1)).toBeLessThan(half[0]! - 0.2)
  for (let step = 3; step < steps; step++) expect(work[step]!.submits - work[step - 1]!.submits).toBeLessThanOrEqual(2)
  expect(work.at(-1)!.bytes).toBe(work[4]!.bytes)
  expect(webgpu.memory().tensors).toBe(0)
  await webgpu.close()
}, 180_000)
