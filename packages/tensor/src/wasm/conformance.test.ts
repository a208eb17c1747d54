import { describe, it } from 'vitest'
import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open-backend.ts'

describe('relaxed SIMD, where the engine has it, on two threads', () => {
  conformance({ describe, it }, () => openBackend('wasm', { threads: 2 }))
})

describe('strict: the same bits everywhere, on one thread', () => {
  conformance({ describe, it }, () => openBackend('wasm', { strict: true, threads: 1 }))
})
