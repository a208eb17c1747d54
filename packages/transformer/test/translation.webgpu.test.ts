import { currentBackend, useBackend } from '@tlc/tensor'
import { openWebgpu } from '@tlc/tensor/webgpu'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { beamSearch, greedyDecode } from '../src/generation/index.ts'
import { Rereading } from '../src/translation/rereading.ts'
import { expectTorchDecoderLayer, expectTorchTransformer } from './torch-translation.ts'
import { allSteps, largestDifference, randomSources, smallModel } from './translation-decoding.ts'

// Each test has a backend of its own, so that the collector finds nothing of other tests.
beforeEach(async () => useBackend(await openWebgpu()))
afterEach(() => currentBackend().close())

test('a decoder layer of PyTorch, forward and every gradient', () => expectTorchDecoderLayer())
test('a whole Transformer of PyTorch, forward and every gradient', () => expectTorchTransformer(false))

test('decoding with a cache says what reading everything again says', async () => {
  const model = smallModel()
  const cached = await allSteps((sources) => model.begin(sources))
  const again = await allSteps((sources) => new Rereading(model).begin(sources))
  // Products of one row and of many may be summed in another order: roundings of 2⁻²⁴ in numbers up to 8.
  expect(largestDifference(cached, again)).toBeLessThan(1e-5)
})

test('decoding leaves no tensor behind', async () => {
  const model = smallModel()
  const sources = randomSources([5, 9])
  const { tensors, bytes } = currentBackend().memory()
  const [greedy] = await greedyDecode(model, sources, { maxLength: 8 })
  const [best] = await beamSearch(model, sources, { maxLength: 8, beams: 1 })
  expect(best![0]!.tokens).toEqual(greedy!.tokens)
  expect(currentBackend().memory()).toMatchObject({ tensors, bytes })
})
