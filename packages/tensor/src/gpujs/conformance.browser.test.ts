import { describe, it } from 'vitest'
import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open-backend.ts'

describe('on WebGL2', () => {
  conformance({ describe, it }, () => openBackend('gpujs', { mode: 'webgl2' }))
})
