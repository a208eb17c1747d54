import { describe, it } from 'vitest'
import { compositeCases, conformance } from '../conformance/index.ts'
import { openBackend } from '../open-backend.ts'

// Composites have no kernels here, and their formulas are tried in Node: software that plays a GPU is slow.
const runner = {
  it,
  describe: (name: string, body: () => void) => (name in compositeCases ? undefined : describe(name, body)),
}

describe('on WebGL2', () => {
  conformance(runner, () => openBackend('gpujs', { mode: 'webgl2' }))
})
