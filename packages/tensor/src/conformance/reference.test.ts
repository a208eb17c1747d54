import { describe, it } from 'vitest'
import { openBackend } from '../open-backend.ts'
import { conformance } from './index.ts'

conformance({ describe, it }, () => openBackend('reference'))
