import { parameterTensors } from '@tlc/nn'
import { key, openBackend, useBackend } from '@tlc/tensor'
import { expect, test } from 'vitest'
import { backendNames } from '../../test/backends.ts'
import { encoderCases } from '../../test/encoder-cases.ts'
import { robertaConfig } from './config.ts'
import { RobertaEncoder } from './encoder.ts'

for (const name of backendNames) encoderCases(name, () => openBackend(name))

test('with pre-normalization the last layer is followed by a normalization, with post it is not', async () => {
  useBackend(await openBackend('reference'))
  const sizes = { layers: 2, hiddenSize: 4, heads: 2, feedForwardSize: 4, vocabularySize: 5, maxLength: 4 }
  const encoder = (normalization: 'post' | 'pre') =>
    new RobertaEncoder({ config: robertaConfig({ ...sizes, normalization }), key: key(1) })
  expect(parameterTensors(encoder('pre')).has('LayerNorm.weight')).toBe(true)
  expect(parameterTensors(encoder('post')).has('LayerNorm.weight')).toBe(false)
})
