import { key, openBackend, useBackend } from '@tlc/tensor'
import { expect, test } from 'vitest'
import { trainToReverse, words } from '../../test/translation-training.ts'
import { beamSearch, greedyDecode } from '../generation/index.ts'

test('a tiny model learns to write words backward that it has never seen', async () => {
  const backend = await openBackend('wasm', { threads: 1 })
  useBackend(backend)
  const sizes = { encoderLayers: 1, decoderLayers: 1, hiddenSize: 32, heads: 2, feedForwardSize: 64 }
  const { model, losses } = await trainToReverse(sizes, { letters: 8, steps: 500 })
  expect(losses.at(-1)).toBeLessThan(0.1)
  // There are 8⁶ words of six letters alone, and training saw 32,000 words of all lengths.
  const { sources, targets } = words(key(99), 200, 8)
  const expected = targets.map((target) => target.slice(1))
  const right = (found: readonly Int32Array[]): number =>
    found.filter((tokens, index) => String(tokens) === String(expected[index])).length / expected.length
  const greedy = right((await greedyDecode(model, sources)).map(({ tokens }) => tokens))
  const beams = right((await beamSearch(model, sources)).map(([first]) => first!.tokens))
  expect(greedy).toBeGreaterThanOrEqual(0.95)
  expect(beams).toBeGreaterThanOrEqual(0.95)
  await backend.close()
})
