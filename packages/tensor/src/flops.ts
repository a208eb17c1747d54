import type { View } from './backend.ts'

/** Floating-point operations of a call by the usual counts; 0 where none is customary. */
export function flopsOf(op: string, inputs: readonly View[], parameters: unknown, outputs: readonly View[]): number {
  return counts[op]?.(inputs, parameters, outputs) ?? 0
}

type Count = (inputs: readonly View[], parameters: unknown, outputs: readonly View[]) => number

/** 2 · rows · columns · inner of a product whose left operand ends in the inner size. */
const counts: { readonly [op: string]: Count } = {
  matmul: ([a], parameters, [y]) => {
    const { transposeA } = parameters as { transposeA: boolean }
    return 2 * y!.size * a!.shape.at(transposeA ? -2 : -1)!
  },
  linear: ([x], _, [y]) => 2 * y!.size * x!.shape.at(-1)!,
  attention: ([q, k]) => 4 * q!.size * k!.shape.at(-2)!,
  attentionGrad: ([q, k]) => 10 * q!.size * k!.shape.at(-2)!,
}
