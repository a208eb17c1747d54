import { openBackend } from '@tlc/tensor'
import { openWebgpu } from '@tlc/tensor/webgpu'
import { expect, test } from 'vitest'
import { lossesOf, small } from './masked-training.ts'

const steps = 100

test('training has the losses of the wasm backend, one submission a step or two, and flat memory', async () => {
  const [wasm, webgpu] = [await openBackend('wasm', { threads: 1 }), await openWebgpu()]
  const work: (typeof webgpu.work)[] = []
  const losses = await lossesOf(webgpu, small, steps, () => work.push(webgpu.work))
  const expected = await lossesOf(wasm, small, steps)
  // Both round every operation; a hundred steps carry differences of 2⁻²⁴ on, and enlarge them.
  losses.forEach((loss, step) => expect(Math.abs(loss / expected[step]! - 1)).toBeLessThan(1e-4))
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.2)
  for (let step = 3; step < steps; step++) expect(work[step]!.submits - work[step - 1]!.submits).toBeLessThanOrEqual(2)
  expect(work.at(-1)!.bytes).toBe(work[4]!.bytes)
  expect(work.at(-1)!.programs).toBe(work[4]!.programs)
  expect(webgpu.memory().tensors).toBe(0)
  await Promise.all([wasm.close(), webgpu.close()])
}, 180_000)
