import {
  AdamW,
  constantRate,
  finiteLoss,
  linearDecay,
  namedParameters,
  type Schedule,
  trainStep,
  vectorsWithoutDecay,
} from '@tlc/nn'
import { type Backend, foldIn, key, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { backendNames } from '../../test/backends.ts'
import { RobertaForSequenceClassification } from './classification.ts'
import { type RobertaSizes, robertaConfig } from './config.ts'
import { type MaskedTokens, RobertaForMaskedLM } from './masked-lm.ts'

const integers = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'i32' })

/** One text of padding, one that fills the length; three tokens are masked (id 4). */
const batch = (): MaskedTokens => ({
  ids: integers([
    [0, 5, 4, 7, 2, 1, 1, 1],
    [0, 8, 9, 4, 11, 4, 13, 2],
  ]),
  positions: integers([2, 11, 13]),
  targets: integers([6, 10, 12]),
})

const tiny: RobertaSizes = { layers: 1, hiddenSize: 4, heads: 2, feedForwardSize: 8, vocabularySize: 14, maxLength: 8 }
const small: RobertaSizes = {
  layers: 2,
  hiddenSize: 16,
  heads: 4,
  feedForwardSize: 32,
  vocabularySize: 14,
  maxLength: 8,
}

interface Run {
  readonly sizes: RobertaSizes
  readonly steps: number
  readonly schedule: Schedule
  readonly dropout: number
  readonly onStep?: (step: number) => void
}

/** Trains on one batch; everything is drawn from one key. */
async function train({ sizes, steps, schedule, dropout, onStep }: Run): Promise<number[]> {
  const seed = key(2020)
  const model = new RobertaForMaskedLM({
    config: robertaConfig({ ...sizes, dropout, attentionDropout: dropout, initializerRange: 0.1 }),
    key: foldIn(seed, 0),
  })
  const optimizer = new AdamW(namedParameters(model), { beta2: 0.98, epsilon: 1e-6, groups: [vectorsWithoutDecay] })
  const given = batch()
  const losses: number[] = []
  for (let step = 0; step < steps; step++) {
    using _step = scope()
    const loss = (): Tensor => model.loss(given, { key: foldIn(foldIn(seed, 1), step) })
    const result = trainStep({ optimizer, loss, microBatches: [0], learningRate: schedule(step), maxNorm: 1 })
    losses.push(await finiteLoss(result.loss, step))
    onStep?.(step)
  }
  return losses
}

/** What the first ten steps of the small model gave when they were first right (see roberta.test.ts for what right is). */
const golden: readonly number[] = [
  2.720724105834961, 2.5283102989196777, 2.35489559173584, 2.0664260387420654, 1.7996678352355957, 1.5638647079467773,
  1.5308510065078735, 1.3128547668457031, 1.1687577962875366, 1.1294461488723755,
]

describe.each(backendNames)('training on %s', (name) => {
  // The reference backend is written to be read: a step of this size takes it ten milliseconds.
  const steps = name === 'reference' ? 300 : 1000
  let backend: Backend
  beforeAll(async () => {
    backend = await openBackend(name)
    useBackend(backend)
  })

  test('the first ten losses of a small model are those that they were', async () => {
    const schedule = linearDecay({ peak: 0.01, warmUp: 4, steps: 20 })
    const losses = await train({ sizes: small, steps: 10, schedule, dropout: 0.1 })
    // Backends round in their own ways: 1e-5 is a hundred units in the last place, a wrong formula far more.
    losses.forEach((loss, step) => expect(Math.abs(loss - golden[step]!), `step ${step}`).toBeLessThan(1e-5))
  })

  test(`a tiny model learns one batch by heart, and ${steps} steps hold no more memory than one`, async () => {
    const held = new Set<string>()
    const onStep = (step: number): void => {
      const { tensors, bytes } = backend.memory()
      if (step > 0) held.add(`${tensors} tensors, ${bytes} bytes`)
    }
    const losses = await train({ sizes: tiny, steps, schedule: constantRate(0.02), dropout: 0, onStep })
    expect(losses[0]).toBeGreaterThan(2)
    expect(losses.at(-1)).toBeLessThan(0.01)
    expect(held.size).toBe(1)
  })

  test('a classifier learns to tell texts apart', async () => {
    const model = new RobertaForSequenceClassification({
      config: robertaConfig({ ...tiny, initializerRange: 0.1 }),
      labels: 2,
      key: key(3),
    })
    const optimizer = new AdamW(namedParameters(model))
    const ids = integers([
      [0, 5, 6, 2],
      [0, 6, 5, 2],
      [0, 5, 5, 2],
      [0, 6, 6, 2],
    ])
    const labels = integers([0, 1, 0, 1])
    for (let step = 0; step < 60; step++) {
      using _step = scope()
      trainStep({ optimizer, loss: () => model.loss({ ids, labels }), microBatches: [0], learningRate: 0.03 })
    }
    expect(await model.loss({ ids, labels }).item()).toBeLessThan(0.05)
    expect([...(await model.forward(ids).argMax().data())]).toEqual([0, 1, 0, 1])
  })
})
