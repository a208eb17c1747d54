import { expect, test } from 'vitest'
import { strictDigests } from '../../test/recipe-files.ts'
import { expectedDigests } from '../../test/recipes.ts'

// Runs in Node and in Chromium; scripts/engines.test.ts follows the same recipes on other versions of Node.
test.each([1, 2])('every recipe gives one file everywhere in strict mode, threads: %d', async (threads) => {
  expect(await strictDigests(threads)).toEqual(expectedDigests)
})
