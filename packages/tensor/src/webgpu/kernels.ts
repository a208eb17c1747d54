import type { FusedKernels, Kernels } from '../backend.ts'
import { cast } from './cast.ts'
import { elementwise } from './elementwise.ts'
import { embedding, indexing } from './indexing.ts'
import type { Machine } from './machine.ts'
import { contraction, linear } from './matmul.ts'
import { movement } from './movement.ts'
import { pairwise } from './pairwise.ts'
import { dropout, randomness } from './randomness.ts'
import { reduction } from './reduction.ts'

/** Every primitive, by family. */
export function kernelsOf(machine: Machine): Kernels {
  return {
    ...elementwise(machine),
    ...cast(machine),
    ...pairwise(machine),
    ...reduction(machine),
    ...contraction(machine),
    ...movement(machine),
    ...indexing(machine),
    ...randomness(machine),
  }
}

/** The composites that have a kernel of their own, by family. */
export function fusedOf(machine: Machine): FusedKernels {
  return {
    ...linear(machine),
    ...dropout(machine),
    ...embedding(machine),
  }
}
