import { openBackend } from '@tlc/tensor'
import { backendNames } from '../../test/backends.ts'
import { robertaCases } from '../../test/roberta-cases.ts'

for (const name of backendNames) robertaCases(name, () => openBackend(name))
