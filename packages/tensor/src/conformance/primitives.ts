import type { Primitive } from '../primitives.ts'
import type { PrimitiveCases } from './case.ts'
import { contraction } from './contraction.ts'
import { elementwise } from './elementwise.ts'
import { indexing } from './indexing.ts'
import { movement } from './movement.ts'
import { randomness } from './randomness.ts'
import { reduction } from './reduction.ts'

/** What every primitive is tried on, by family. */
export const primitiveCases: PrimitiveCases<Primitive> = {
  ...elementwise,
  ...reduction,
  ...contraction,
  ...movement,
  ...indexing,
  ...randomness,
}
