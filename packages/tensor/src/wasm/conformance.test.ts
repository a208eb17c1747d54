import { describe, it } from 'vitest'
import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open-backend.ts'

describe('relaxed SIMD, where the engine has it', () => {
  conformance({ describe, it }, () => openBackend('wasm'))
})

describe('strict: the same bits everywhere', () => {
  conformance({ describe, it }, () => openBackend('wasm', { strict: true }))
})
