import { describe, it } from 'vitest'
import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open-backend.ts'

describe.each([1, 2])('on %d threads', (threads) => {
  describe('relaxed SIMD, where the engine has it', () => {
    conformance({ describe, it }, () => openBackend('wasm', { threads }))
  })

  describe('strict: the same bits everywhere', () => {
    conformance({ describe, it }, () => openBackend('wasm', { strict: true, threads }))
  })
})
