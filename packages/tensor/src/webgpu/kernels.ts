import type { FusedKernels, Kernels } from '../backend.ts'
import { adamwStep } from './adamw-step.ts'
import { attention } from './attention/attention.ts'
import { cast } from './cast.ts'
import { elementwise } from './elementwise.ts'
import { gelu } from './gelu.ts'
import { byCasting } from './half.ts'
import { embedding, indexing } from './indexing.ts'
import type { Machine } from './machine.ts'
import { contraction, linear } from './matmul.ts'
import { movement } from './movement.ts'
import { pairwise } from './pairwise.ts'
import { quantizedEmbedding } from './quantized/embedding.ts'
import { weightOnly } from './quantized/weight-only.ts'
import { wholeProduct } from './quantized/whole-product.ts'
import { dropout, randomness } from './randomness.ts'
import { crossEntropy } from './rows/cross-entropy.ts'
import { globalNorm } from './rows/global-norm.ts'
import { layerNorm } from './rows/layer-norm.ts'
import { reduction } from './rows/reduction.ts'
import { softmax } from './rows/softmax.ts'
import { sparseLinear } from './sparse-linear.ts'

/** Every primitive, by family. */
export function kernelsOf(machine: Machine): Kernels {
  const { gather, scatterAdd } = indexing(machine)
  return {
    ...elementwise(machine),
    ...cast(machine),
    ...pairwise(machine),
    ...reduction(machine),
    ...contraction(machine),
    ...movement(machine),
    gather,
    ...byCasting(machine, { scatterAdd }),
    ...randomness(machine),
  }
}

/** The composites that have a kernel of their own, by family. */
export function fusedOf(machine: Machine): FusedKernels {
  const { embedding: lookUp, embeddingGrad } = embedding(machine)
  return {
    ...linear(machine),
    ...softmax(machine),
    ...gelu(machine),
    ...layerNorm(machine),
    ...attention(machine),
    ...crossEntropy(machine),
    ...dropout(machine),
    embedding: lookUp,
    ...byCasting(machine, { embeddingGrad }),
    ...adamwStep(machine),
    ...globalNorm(machine),
    ...sparseLinear(machine),
    ...wholeProduct(machine),
    ...weightOnly(machine),
    ...quantizedEmbedding(machine),
  }
}
