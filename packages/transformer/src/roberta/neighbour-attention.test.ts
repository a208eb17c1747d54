import { parameterTensors } from '@tlc/nn'
import { key, openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, expect, test } from 'vitest'
import { robertaConfig } from './config.ts'
import { RobertaModel } from './model.ts'
import { lookAtNeighbours } from './neighbour-attention.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const length = 24
const config = robertaConfig({
  ...{ layers: 2, hiddenSize: 128, heads: 4, feedForwardSize: 8, vocabularySize: 50, maxLength: 40 },
  initializerRange: 0.05,
})

test('every head of the first layer looks at its neighbour', async () => {
  for (const normalization of ['post', 'pre'] as const) {
    const model = new RobertaModel({ config: { ...config, normalization }, key: key(1) })
    lookAtNeighbours(model)
    using _forward = scope()
    const ids = tensor([Array.from({ length }, (_, index) => 3 + ((index * 17) % 47))], { dtype: 'i32' })
    const embedded = model.embeddings.forward(ids)
    const { query, key: keys } = model.encoder.layer[0]!.attention.self
    const [q, k] = [await query.forward(embedded).data(), await keys.forward(embedded).data()]
    const headSize = config.hiddenSize / config.heads
    for (const [head, offset] of [-1, 1, -2, 2].entries()) {
      let found = 0
      for (let t = 2; t < length - 2; t++) {
        const scores = Array.from({ length }, (_, s) => {
          const features = Array.from({ length: headSize }, (__, i) => head * headSize + i)
          return features.reduce((sum, i) => sum + q[t * config.hiddenSize + i]! * k[s * config.hiddenSize + i]!, 0)
        })
        found += Number(scores.indexOf(Math.max(...scores)) === t + offset)
      }
      // Words and random weights disturb it: of twenty places half at least. By chance it is one.
      expect(found, `head ${head}, ${normalization}`).toBeGreaterThanOrEqual(10)
    }
  }
})

test('values, feed-forward networks and words are as they were, and no memory is taken', async () => {
  const [before, after] = [new RobertaModel({ config, key: key(2) }), new RobertaModel({ config, key: key(2) })]
  const { backend } = tensor(0)
  const { tensors, bytes } = backend.memory()
  lookAtNeighbours(after)
  expect(backend.memory()).toMatchObject({ tensors, bytes })
  const changed: string[] = []
  for (const [name, x] of parameterTensors(before)) {
    const same = Buffer.from((await x.data()).buffer).equals(
      Buffer.from((await parameterTensors(after).get(name)!.data()).buffer),
    )
    if (!same) changed.push(name)
  }
  expect(changed).toEqual([
    'embeddings.position_embeddings.weight',
    'encoder.layer.0.attention.self.query.weight',
    'encoder.layer.0.attention.self.key.weight',
    'encoder.layer.1.attention.self.query.weight',
    'encoder.layer.1.attention.self.key.weight',
  ])
})

test('heads of an odd size are refused', () => {
  const odd = new RobertaModel({ config: robertaConfig({ ...config, hiddenSize: 12, heads: 4 }), key: key(1) })
  expect(() => lookAtNeighbours(odd)).toThrow('heads have 3 features, expected an even number')
})
