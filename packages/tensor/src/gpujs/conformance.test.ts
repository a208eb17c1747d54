import { describe, it } from 'vitest'
import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open-backend.ts'

describe('in the CPU mode', () => {
  conformance({ describe, it }, () => openBackend('gpujs', { mode: 'cpu' }))
})
