import type { FusedKernels, Kernels } from '../backend.ts'
import { attention } from './attention.ts'
import { elementwise } from './elementwise.ts'
import { linear } from './linear.ts'
import type { Machine } from './machine.ts'
import { contraction } from './matmul.ts'

/** Every primitive, by family. */
export function kernelsOf(machine: Machine): Kernels {
  return { ...elementwise(machine), ...contraction(machine) } as unknown as Kernels
}

/** The composites that have a kernel of their own, by family. */
export function fusedOf(machine: Machine): FusedKernels {
  return { ...linear(machine), ...attention(machine) }
}
