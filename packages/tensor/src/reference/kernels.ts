import type { Kernels } from '../backend.ts'
import { contraction } from './contraction.ts'
import { elementwise } from './elementwise.ts'
import { indexing } from './indexing.ts'
import { movement } from './movement.ts'
import { randomness } from './randomness.ts'
import { reduction } from './reduction.ts'

/** Every primitive, by family. */
export const kernels: Kernels = {
  ...elementwise,
  ...reduction,
  ...contraction,
  ...movement,
  ...indexing,
  ...randomness,
}
