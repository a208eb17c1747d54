import { valueAndGrad } from '@tlc/autograd'
import { type Precision, parameterTensors, withPrecision } from '@tlc/nn'
import { type Backend, key, openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { backendNames } from '../../test/backends.ts'
import { robertaConfig } from './config.ts'
import { RobertaForMaskedLM } from './masked-lm.ts'

const config = robertaConfig({
  ...{ layers: 12, hiddenSize: 16, heads: 4, feedForwardSize: 64, vocabularySize: 20, maxLength: 32 },
  ...{ dropout: 0.2, attentionDropout: 0.2 },
})
const length = config.maxLength

describe.each(backendNames)('recomputing layers in the backward pass on %s', (name) => {
  let backend: Backend
  let model: RobertaForMaskedLM
  beforeAll(async () => {
    backend = await openBackend(name)
    useBackend(backend)
    model = new RobertaForMaskedLM({ config, key: key(1) })
  })

  /** A text and a half, some of it padding. */
  const ids = () => {
    const padded = (index: number): boolean => index >= 1.5 * length
    const id = (index: number): number => (padded(index) ? config.paddingId : 3 + ((index * 7) % 17))
    return tensor(
      Int32Array.from({ length: 2 * length }, (_, index) => id(index)),
      { shape: [2, length] },
    )
  }

  /** Loss and gradients with dropout, and the most bytes that were alive on the way. */
  async function run(recompute: boolean, precision: Precision = 'f32') {
    using _run = scope()
    const batch = {
      ids: ids(),
      positions: tensor([1, 9, 40], { dtype: 'i32' }),
      targets: tensor([4, 5, 6], { dtype: 'i32' }),
    }
    const before = backend.memory().bytes
    backend.ledger.resetPeak()
    const weights = Object.fromEntries(parameterTensors(model))
    const { value, gradients } = withPrecision(precision, () =>
      valueAndGrad(() => model.loss(batch, { key: key(7), recompute }), weights),
    )
    const bytes = backend.memory().peakBytes - before
    const entries = Object.entries({ loss: value, ...gradients })
    return { bytes, numbers: await Promise.all(entries.map(async ([each, x]) => [each, await x.data()] as const)) }
  }

  test('gives the same bits of the loss and of every gradient, with dropout', async () => {
    expect((await run(true)).numbers).toEqual((await run(false)).numbers)
  })

  test('does so in mixed precision, too', async (context) => {
    if (!backend.computesHalf) return context.skip('this backend only stores f16')
    const half = (await run(true, 'f16')).numbers
    expect(half).toEqual((await run(false, 'f16')).numbers)
    expect(half).not.toEqual((await run(false)).numbers)
  })

  test('takes less than 60% of the memory, and gives all of it back', async () => {
    const { tensors } = backend.memory()
    // What stays is the inside of one layer of the twelve, the inputs of all, and the gradients.
    expect((await run(true)).bytes).toBeLessThan((await run(false)).bytes * 0.6)
    expect(backend.memory().tensors).toBe(tensors)
  })
})
