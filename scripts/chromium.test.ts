import { expect, test } from 'vitest'
import { chromiumExists, chromiumProblem } from './chromium.ts'

test.skipIf(!chromiumExists)(
  'Chromium starts, so that the tests of the project chromium are not left out',
  async () => {
    expect(await chromiumProblem()).toBeUndefined()
  },
)
