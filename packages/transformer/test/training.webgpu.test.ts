import { AdamW, disposeModule, finiteLoss, LossScale, namedParameters, trainStep, vectorsWithoutDecay } from '@tlc/nn'
import { type Backend, foldIn, key, openBackend, scope, tensor, withBackend } from '@tlc/tensor'
import { openWebgpu } from '@tlc/tensor/webgpu'
import { DynamicMasking, RobertaForMaskedLM, robertaConfig } from '@tlc/transformer'
import { expect, test } from 'vitest'

const sizes = { layers: 2, hiddenSize: 32, heads: 2, feedForwardSize: 64, vocabularySize: 100, maxLength: 16 }
const [texts, steps, firstOrdinaryId, seed] = [8, 100, 5, key(2020)]

/** The losses of masked language modelling with dropout on one batch; `each` is called before and after every step. */
async function train(
  backend: Backend,
  each: () => void = () => undefined,
  lossScale: LossScale | undefined = undefined,
): Promise<number[]> {
  const config = robertaConfig({ ...sizes, dropout: 0.1, attentionDropout: 0.1 })
  const model = withBackend(backend, () => new RobertaForMaskedLM({ config, key: foldIn(seed, 0) }))
  const optimizer = new AdamW(namedParameters(model), { groups: [vectorsWithoutDecay] })
  const masking = new DynamicMasking({
    vocabularySize: sizes.vocabularySize,
    maskId: 4,
    isSpecial: (id) => id < firstOrdinaryId,
  })
  const ids = Int32Array.from({ length: texts * sizes.maxLength }, (_, i) => firstOrdinaryId + ((i * 7919) % 95))
  const losses: number[] = []
  for (let step = 0; step < steps; step++) {
    each()
    const loss = withBackend(backend, () => {
      using inner = scope()
      const { inputs, positions, labels } = masking.mask(ids, foldIn(foldIn(seed, 2), step))
      const batch = {
        ids: tensor(inputs, { shape: [texts, sizes.maxLength] }),
        positions: tensor(positions),
        targets: tensor(labels),
      }
      const result = trainStep({
        optimizer,
        loss: () => model.loss(batch, { key: foldIn(foldIn(seed, 3), step) }),
        microBatches: [0],
        learningRate: 1e-3,
        maxNorm: 1,
        ...(lossScale && { lossScale }),
      })
      return inner.keep(result.loss)
    })
    losses.push(await finiteLoss(loss, step))
    loss.dispose()
  }
  each()
  optimizer.dispose()
  disposeModule(model)
  return losses
}

test('training has the losses of the wasm backend, one submission a step or two, and flat memory', async () => {
  const [wasm, webgpu] = [await openBackend('wasm', { threads: 1 }), await openWebgpu()]
  const work: (typeof webgpu.work)[] = []
  const losses = await train(webgpu, () => work.push(webgpu.work))
  const expected = await train(wasm)
  // Both round every operation; a hundred steps carry differences of 2⁻²⁴ on, and enlarge them.
  losses.forEach((loss, step) => expect(Math.abs(loss / expected[step]! - 1)).toBeLessThan(1e-4))
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.2)
  for (let step = 3; step < steps; step++) expect(work[step + 1]!.submits - work[step]!.submits).toBeLessThanOrEqual(2)
  expect(work.at(-1)!.bytes).toBe(work[5]!.bytes)
  expect(work.at(-1)!.programs).toBe(work[5]!.programs)
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
  const half = await train(webgpu, () => work.push(webgpu.work), lossScale)
  expect(await lossScale.state()).toEqual({ scale: 2 ** 12, goodSteps: steps })
  lossScale.dispose()
  const full = await train(webgpu)
  // One rounding of f16. Those of a hundred steps point in all directions, and AdamW's steps do not grow with gradients.
  half.forEach((loss, step) => expect(Math.abs(loss / full[step]! - 1)).toBeLessThan(2 ** -11))
  expect(half).not.toEqual(full)
  expect(half.at(-1)).toBeLessThan(half[0]! - 0.2)
  for (let step = 3; step < steps; step++) expect(work[step + 1]!.submits - work[step]!.submits).toBeLessThanOrEqual(2)
  expect(work[steps]!.bytes).toBe(work[5]!.bytes)
  expect(webgpu.memory().tensors).toBe(0)
  await webgpu.close()
}, 180_000)
