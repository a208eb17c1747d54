import type { Kernels } from '../backend.ts'
import { contraction } from './contraction.ts'
import { elementwise } from './elementwise.ts'
import { withHalf } from './half.ts'
import { indexing } from './indexing.ts'
import { movement } from './movement.ts'
import { randomness } from './randomness.ts'
import { reduction } from './reduction.ts'

const { cast, ...arithmetic } = elementwise
const { gather, scatterAdd } = indexing

/** Every primitive, by family. What only moves elements need not know what they mean. */
export const kernels: Kernels = {
  ...withHalf({ ...arithmetic, ...reduction, ...contraction, scatterAdd }),
  cast,
  gather,
  ...movement,
  ...randomness,
}
