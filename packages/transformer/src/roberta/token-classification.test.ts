import { valueAndGrad } from '@tlc/autograd'
import { AdamW, namedParameters, parameterTensors, trainStep } from '@tlc/nn'
import { key, openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { backendNames } from '../../test/backends.ts'
import { robertaConfig } from './config.ts'
import { RobertaForTokenClassification } from './token-classification.ts'

const config = robertaConfig({
  ...{ layers: 1, hiddenSize: 8, heads: 2, feedForwardSize: 16, vocabularySize: 12, maxLength: 6 },
  ...{ dropout: 0, attentionDropout: 0, initializerRange: 0.3 },
})
const make = () => new RobertaForTokenClassification({ config, labels: ['even', 'odd', 'none'], key: key(1) })

/** Whether each id is even; special tokens and padding have no label. */
const batch = () => ({
  ids: tensor(
    [
      [0, 5, 6, 7, 8, 2],
      [0, 9, 4, 2, 1, 1],
    ],
    { dtype: 'i32' },
  ),
  labels: tensor(
    [
      [-100, 1, 0, 1, 0, -100],
      [-100, 1, 0, -100, -100, -100],
    ],
    { dtype: 'i32' },
  ),
})

describe.each(backendNames)('a classifier of tokens on %s', (backend) => {
  beforeAll(async () => useBackend(await openBackend(backend)))

  test('has the mean of -ln softmax(W h + b) over labelled tokens as its loss, in float64', async () => {
    const model = make()
    const { ids, labels } = batch()
    const [hidden, targets] = [await model.roberta.forward(ids).data(), await labels.data()]
    const weights = parameterTensors(model)
    const [w, b] = await Promise.all(['weight', 'bias'].map((name) => weights.get(`classifier.${name}`)!.data()))
    const losses = Array.from(targets).flatMap((target, token) => {
      if (target === -100) return []
      const logits = [0, 1, 2].map((label) =>
        Array.from({ length: 8 }, (_, i) => w![label * 8 + i]! * hidden[token * 8 + i]!).reduce(
          (x, y) => x + y,
          b![label]!,
        ),
      )
      return [Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0)) - logits[target]!]
    })
    const expected = losses.reduce((x, y) => x + y) / losses.length
    // Some roundings of 2⁻²⁴ of a number of size 1.
    expect(Math.abs((await model.loss({ ids, labels }).item()) - expected)).toBeLessThan(1e-6)
    expect((await model.forward(ids)).shape).toEqual([2, 6, 3])
  })

  test('learns to tell tokens apart', async () => {
    const model = make()
    const optimizer = new AdamW(namedParameters(model))
    const given = batch()
    for (let step = 0; step < 60; step++) {
      using _step = scope()
      trainStep({ optimizer, loss: () => model.loss(given), microBatches: [0], learningRate: 0.02 })
    }
    expect(await model.loss(given).item()).toBeLessThan(0.05)
    const { gradients } = valueAndGrad(() => model.loss(given), Object.fromEntries(parameterTensors(model)))
    expect(Object.keys(gradients)).toContain('classifier.weight')
  })
})
