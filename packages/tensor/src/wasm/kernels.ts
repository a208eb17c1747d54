import type { FusedKernels, Kernels } from '../backend.ts'
import { adamwStep } from './adamw-step.ts'
import { appendRows } from './append-rows.ts'
import { attention } from './attention.ts'
import { cast } from './cast.ts'
import { crossEntropy } from './cross-entropy.ts'
import { elementwise } from './elementwise.ts'
import { gelu } from './gelu.ts'
import { globalNorm } from './global-norm.ts'
import { embedding, indexing } from './indexing.ts'
import { layerNorm } from './layer-norm.ts'
import { linear } from './linear.ts'
import type { Machine } from './machine.ts'
import { contraction } from './matmul.ts'
import { movement } from './movement.ts'
import { packed } from './packed.ts'
import { pairwise } from './pairwise.ts'
import { quantized } from './quantized.ts'
import { dropout, randomness } from './randomness.ts'
import { reduction } from './reduction.ts'
import { softmax } from './softmax.ts'
import { sparseLinear } from './sparse-linear.ts'
import { topK } from './top-k.ts'

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
    ...softmax(machine),
    ...gelu(machine),
    ...layerNorm(machine),
    ...attention(machine),
    ...crossEntropy(machine),
    ...dropout(machine),
    ...embedding(machine),
    ...adamwStep(machine),
    ...globalNorm(machine),
    ...topK(machine),
    ...appendRows(machine),
    ...sparseLinear(machine),
    ...quantized(machine),
    ...packed(machine),
  }
}
