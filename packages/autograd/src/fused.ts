import {
  add,
  apply,
  type Composite,
  type Composites,
  cast,
  composites,
  exp,
  expand,
  matmul,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
} from '@tlc/tensor'
import { fromInput, fromOutput, givenRule, linear, perInput, type Reads, type Remembered, type Rule } from './rule.ts'

/** Composites that have a derivative here. The others are differentiated through their formulas. */
type Differentiated = Exclude<
  keyof Composites,
  | `${string}Grad`
  | 'adamwStep'
  | 'appendRows'
  | 'globalNorm'
  | 'quantizedEmbedding'
  | 'sparseLinear'
  | 'topK'
  | 'weightOnlyLinear'
>

/** A rule for all inputs at once. */
function together<P>(reads: Reads, pull: Rule<P>['pull']): Rule<P> {
  return { reads: () => reads, pull }
}

const last = { axis: -1, keepDims: true } as const

/**
 * The derivatives of composites that backends have kernels for, by composites that they have kernels for. The outputs
 * that some derivative reads (mean, scale, ln Σ e^x) have cotangents of their own when a derivative is differentiated.
 */
const fused: { readonly [C in Differentiated]: Rule<Composites[C]> } = {
  linear: perInput(
    fromInput(1, (g, weight) => {
      const dx = matmul(rows(g), weight) // [rows, in]
      return reshape(dx, [...g.shape.slice(0, -1), weight.shape[1]!])
    }),
    fromInput(0, (g, x) => matmul(rows(g), rows(x), { transposeA: true })), // [out, in]
    linear((g) => sum(rows(g), { axis: 0 })), // [out]
  ),
  softmax: perInput(fromOutput((g, y) => apply(composites.softmaxGrad, [y, g], {})[0]!)),
  logSoftmax: perInput(fromOutput((g, y) => apply(composites.logSoftmaxGrad, [y, g], {})[0]!)),
  gelu: perInput(fromInput(0, (g, x) => apply(composites.geluGrad, [x, g], {})[0]!)),
  layerNorm: together(
    { inputs: [0, 1], outputs: [1, 2] },
    ([g, dMean, dScale], { inputs: [x, gamma], outputs: [, mean, scale] }) => {
      const size = gamma!.size
      const [dx, dGamma, dBeta] = g ? apply(composites.layerNormGrad, [x!, gamma!, mean!, scale!, g], {}) : []
      const fromMean = dMean && expand(mul(dMean, 1 / size), x!.shape)
      const fromScale = dScale && mul(sub(x!, mean!), mul(mul(dScale, mul(mul(scale!, scale!), scale!)), -1 / size))
      return [total(dx, fromScale, fromMean), dGamma, dBeta]
    },
  ),
  attention: together({ inputs: 'all', outputs: 'all' }, attentionRule),
  crossEntropy: together(
    { inputs: [0, 1], outputs: [1] },
    ([g, dLogSumExp], { inputs: [logits, targets], outputs: [, logSumExp], parameters }) => {
      const fromLoss = g && apply(composites.crossEntropyGrad, [logits!, targets!, logSumExp!, g], parameters)[0]
      const fromSum = dLogSumExp && mul(exp(sub(logits!, column(logSumExp!))), column(dLogSumExp))
      return [total(fromLoss, fromSum)]
    },
  ),
  dropout: perInput(linear((g, { parameters }) => apply(composites.dropout, [g], parameters)[0]!)),
  embedding: perInput(
    fromInput(
      1,
      (g, ids, { inputs: [table], parameters: { paddingIndex } }) =>
        apply(composites.embeddingGrad, [g, ids], { rows: table!.shape[0]!, paddingIndex })[0]!,
    ),
  ),
  // Straight through the rounding of x, which is flat almost everywhere (Bengio, Léonard & Courville 2013); codes stay.
  quantizedLinear: perInput(
    {
      inputs: [1, 2],
      outputs: [],
      pull(g, { inputs: [, codes, scales] }) {
        const dx = matmul(mul(rows(g), scales!), cast(codes!, 'f32')) // [rows, in]
        return reshape(dx, [...g.shape.slice(0, -1), codes!.shape[1]!])
      },
    },
    undefined,
    undefined,
    linear((g) => sum(rows(g), { axis: 0 })), // [out]
  ),
}

const fusedRules: ReadonlyMap<Composite<never>, Rule<never>> = new Map(
  Object.entries(fused).map(([name, rule]) => [composites[name as Differentiated], rule]),
)

/** The derivative of a composite, if it has one of its own: from the table here, or given by `setRule`. */
export function ruleOf(composite: Composite<unknown>): Rule<unknown> | undefined {
  return (fusedRules.get(composite) as Rule<unknown> | undefined) ?? givenRule(composite)
}

/** dq, dk, dv in one kernel; by products and sums when the scores are wanted too: for the bias, or for ln Σ e^scores. */
function attentionRule(
  [g, dLogSumExp]: readonly (Tensor | undefined)[],
  { inputs: [q, k, v, bias], outputs: [y, logSumExp], parameters, wanted }: Remembered<Composites['attention']>,
): (Tensor | undefined)[] {
  if (g && !dLogSumExp && !wanted[3]) {
    return [...apply(composites.attentionGrad, [q!, k!, v!, y!, logSumExp!, g, ...(bias ? [bias] : [])], parameters)]
  }
  const products = mul(matmul(q!, k!, { transposeB: true }), parameters.scale)
  const p = exp(sub(bias ? add(products, bias) : products, logSumExp!)) // [batch, heads, queries, keys]
  const { dropout } = parameters
  const drop = (weights: Tensor): Tensor => (dropout ? apply(composites.dropout, [weights], dropout)[0]! : weights)
  const fromY = g && mul(p, sub(drop(matmul(g, v!, { transposeB: true })), sum(mul(g, y!), last)))
  const ds = total(fromY, dLogSumExp && mul(p, dLogSumExp))!
  const scaled = mul(ds, parameters.scale)
  return [
    matmul(scaled, k!),
    matmul(scaled, q!, { transposeA: true }),
    g && matmul(drop(p), g, { transposeA: true }),
    ds,
  ]
}

/** All leading axes as one. `[rows, size]` */
function rows(x: Tensor): Tensor {
  return reshape(x, [x.shape.slice(0, -1).reduce((count, length) => count * length, 1), x.shape.at(-1)!])
}

function column(x: Tensor): Tensor {
  return reshape(x, [x.size, 1])
}

function total(...terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  return terms
    .filter((term) => term !== undefined)
    .reduce<Tensor | undefined>((before, term) => (before ? add(before, term) : term), undefined)
}
