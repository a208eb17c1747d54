import { openBackend, useBackend } from '@tlc/tensor'
import { beforeAll, describe, test } from 'vitest'
import { everyOptimizer, expectLikeReference } from './every-optimizer.ts'
import { expectTrajectory, optimizerCases } from './optimizer-trajectories.ts'
import { expectModuleCase, moduleCases } from './torch-modules.ts'

describe.each(['reference', 'wasm'] as const)('PyTorch on %s', (name) => {
  beforeAll(async () => useBackend(await openBackend(name)))
  test.each(optimizerCases)('20 steps of $name', expectTrajectory)
  test.each(moduleCases)('outputs and every gradient of $name', expectModuleCase)
})

test.each(Object.entries(everyOptimizer))('%s has the values of the reference on wasm', async (_, make) => {
  const backend = await openBackend('wasm')
  await expectLikeReference(make, backend)
  await backend.close()
})
