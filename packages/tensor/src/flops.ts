import type { View } from './backend.ts'

/**
 * Floating-point operations of a call by the usual counts: an addition, a multiplication, a comparison or an elementary
 * function is one. 0 for what only moves, draws or converts.
 */
export function flopsOf(op: string, inputs: readonly View[], parameters: unknown, outputs: readonly View[]): number {
  return counts[op]?.(inputs, parameters, outputs) ?? 0
}

type Count = (inputs: readonly View[], parameters: unknown, outputs: readonly View[]) => number

const perOutput =
  (operations: number): Count =>
  (_, __, [y]) =>
    operations * y!.size

const perInput =
  (operations: number): Count =>
  ([x]) =>
    operations * x!.size

/** The counts of the formulas, operations that are done once for each row left out. */
const counts: { readonly [op: string]: Count } = {
  // 2 · rows · columns · inner of a product whose left operand ends in the inner size.
  matmul: ([a], parameters, [y]) => {
    const { transposeA } = parameters as { transposeA: boolean }
    return 2 * y!.size * a!.shape.at(transposeA ? -2 : -1)!
  },
  linear: ([x], _, [y]) => 2 * y!.size * x!.shape.at(-1)!,
  sparseLinear: ([x, values]) => (2 * x!.size * values!.size) / Math.max(x!.shape.at(-1)!, 1),
  quantizedLinear: ([x], _, [y]) => 2 * y!.size * x!.shape.at(-1)!,
  weightOnlyLinear: ([x], _, [y]) => 2 * y!.size * x!.shape.at(-1)!,
  // Of the products only: two, and five with the one that is formed again.
  attention: ([q, k]) => 4 * q!.size * k!.shape.at(-2)!,
  attentionGrad: ([q, k]) => 10 * q!.size * k!.shape.at(-2)!,
  ...Object.fromEntries(
    ['neg', 'exp', 'log', 'sqrt', 'sin', 'tanh', 'erf', 'add', 'sub', 'mul', 'div', 'max'].map((op) => [
      op,
      perOutput(1),
    ]),
  ),
  sum: perInput(1),
  maxOver: perInput(1),
  topK: perInput(1),
  // maximum, difference, exponential, sum, quotient (or another difference)
  softmax: perInput(5),
  logSoftmax: perInput(5),
  // y (g - Σ y g), and g - softmax · Σ g
  softmaxGrad: perInput(4),
  logSoftmaxGrad: perInput(4),
  // x / √2, erf, + 1, / 2, · x
  gelu: perInput(5),
  // Φ 4, φ 4, x φ, sum, · g
  geluGrad: perInput(11),
  // mean, difference, square, sum, · scale, · γ, + β
  layerNorm: perInput(7),
  // n 2, h 1, their means 3, dx 4, dγ 2, dβ 1
  layerNormGrad: perInput(13),
  // maximum, difference, exponential, sum
  crossEntropy: perInput(4),
  // difference, exponential, · g
  crossEntropyGrad: perInput(3),
  // comparison, · 1 / (1 - rate)
  dropout: perInput(2),
  globalNorm: (inputs) => inputs.reduce((operations, { size }) => operations + 2 * size, 0),
  // g 1, m 3, v 4, p 8, for each element of p: a quarter of what comes after the scale
  adamwStep: ([, ...state]) => state.reduce((operations, { size }) => operations + 4 * size, 0),
}
