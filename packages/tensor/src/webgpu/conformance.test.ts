import { describe, it } from 'vitest'
import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open-backend.ts'

conformance({ describe, it }, () => openBackend('webgpu'))
