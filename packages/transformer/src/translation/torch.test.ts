import { openBackend, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { backendNames } from '../../test/backends.ts'
import { TorchTensors, torchCases } from '../../test/torch.ts'
import { expectTorchDecoderLayer, expectTorchTransformer } from '../../test/torch-translation.ts'
import { sinusoidalTable } from './positions.ts'

describe.each(backendNames)('what PyTorch computes, forward and every gradient, on %s', (backend) => {
  beforeAll(async () => useBackend(await openBackend(backend)))

  test('a decoder layer, with padding in the source', () => expectTorchDecoderLayer())
  test('a whole Transformer', () => expectTorchTransformer(false))
  test('a whole Transformer whose layers run again in the backward pass', () => expectTorchTransformer(true))
})

test('sinusoidal positions are those of fairseq, padding included', () => {
  const each = torchCases('seq2seq').find(({ name }) => name.startsWith('sinusoidal'))!
  const expected = new TorchTensors('seq2seq', each).numbers('out.table')
  const table = sinusoidalTable(20, 16, 1)
  // Both are float64 until they are stored, here as f32: the nearest one, or, where they differ by a bit, its neighbour.
  expected.forEach((x, index) => expect(Math.abs(table[index]! - x)).toBeLessThanOrEqual(2 ** -24))
  expect(sinusoidalTable(3, 5, 1).filter((_, index) => index % 5 === 4)).toEqual(new Float32Array(3))
})
