import { openBackend, useBackend } from '@tlc/tensor'
import { expect, test } from 'vitest'
import { measureDecoding } from './decoding-speed.ts'

test('each way to decode is measured as often, and tokens of all hypotheses are counted', async () => {
  const backend = await openBackend('wasm', { threads: 1 })
  useBackend(backend)
  const sizes = {
    encoderLayers: 1,
    decoderLayers: 1,
    hiddenSize: 8,
    heads: 1,
    feedForwardSize: 8,
    vocabularySize: 50,
    maxLength: 8,
  }
  const speeds = await measureDecoding({ sizes, batch: 3, length: 5, beams: 2, rounds: 2 })
  expect(speeds.map(({ way }) => way)).toEqual(['greedy', 'greedy without cache', 'beam search'])
  for (const { way, milliseconds, targetTokensPerSecond, hypothesisTokensPerSecond } of speeds) {
    expect(milliseconds.length).toBe(2)
    const mean = (milliseconds[0]! + milliseconds[1]!) / 2
    expect(targetTokensPerSecond).toBeCloseTo((1000 * 3 * 5) / mean, 6)
    expect(hypothesisTokensPerSecond).toBe((way === 'beam search' ? 2 : 1) * targetTokensPerSecond)
  }
  await backend.close()
})
