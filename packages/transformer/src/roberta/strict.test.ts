import { expect, test } from 'vitest'
import { strictDigest, strictTraining } from '../../test/strict-training.ts'

// Runs in Node and in Chromium; scripts/engines.test.ts runs the same training on other versions of Node.
test.each([1, 2])('a training in strict mode gives the same bits everywhere, threads: %d', async (threads) => {
  expect(await strictTraining(threads)).toBe(strictDigest)
})
