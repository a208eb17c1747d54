import { useBackend } from '@tlc/tensor'
import { openWebgpu, type WebgpuBackend } from '@tlc/tensor/webgpu'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { everyOptimizer, expectLikeReference } from './every-optimizer.ts'
import { expectTrajectory, optimizerCases } from './optimizer-trajectories.ts'
import { expectModuleCase, moduleCases } from './torch-modules.ts'

describe('PyTorch on webgpu', () => {
  let backend: WebgpuBackend
  beforeAll(async () => {
    backend = await openWebgpu()
    useBackend(backend)
  })
  afterAll(() => backend.close())

  test.each(optimizerCases)('20 steps of $name', expectTrajectory)
  test.each(moduleCases)('outputs and every gradient of $name', expectModuleCase)

  test.each(Object.entries(everyOptimizer))('%s has the values of the reference', (_, make) =>
    expectLikeReference(make, backend),
  )
})
