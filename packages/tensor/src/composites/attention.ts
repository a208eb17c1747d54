import { apply } from '../apply.ts'
import { ShapeError } from '../errors.ts'
import { matmul } from '../operations/contraction.ts'
import { add, exp, log, mul, sub } from '../operations/elementwise.ts'
import { maxOver, sum } from '../operations/reduction.ts'
import { type Described, floatType } from '../rules.ts'
import { broadcastShapes, formatShape, sameShape, sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Composite } from './composite.ts'
import { type DropoutParameters, dropout as dropoutOf } from './dropout.ts'

export interface AttentionParameters {
  /** what the products of queries and keys are multiplied with, usually 1/√headSize */
  readonly scale: number
  /** drops attention weights, by random words of their places in `[batch, heads, queries, keys]`; none by default */
  readonly dropout?: DropoutParameters
}

const last = { axis: -1, keepDims: true } as const

function check(
  name: string,
  [q, k, v, bias]: readonly [q: Described, k: Described, v: Described, bias: Described | undefined],
  { dropout }: AttentionParameters,
): 'f32' | 'f16' {
  const dtype = floatType(name, [q, k, v, ...(bias ? [bias] : [])], 'queries', 'keys', 'values', 'bias')
  const [batch, heads, , headSize] = q.shape
  const fits =
    [q, k, v].every(({ shape }) => shape.length === 4 && shape[0] === batch && shape[1] === heads) &&
    k.shape[3] === headSize &&
    k.shape[2] === v.shape[2]
  if (!fits) {
    throw new ShapeError(
      `${name}: queries ${formatShape(q.shape)}, keys ${formatShape(k.shape)}, values ${formatShape(v.shape)}; ` +
        'expected [batch, heads, time, headSize] each, keys and values of one time, queries and keys of one headSize',
    )
  }
  const scores = [batch!, heads!, q.shape[2]!, k.shape[2]!]
  if (bias && !sameShape(broadcastShapes(bias.shape, scores, name), scores)) {
    throw new ShapeError(`${name}: bias ${formatShape(bias.shape)} does not broadcast to scores ${formatShape(scores)}`)
  }
  if (dropout) dropoutOf.outputs([{ shape: scores, size: sizeOf(scores), dtype: 'f32' }], dropout)
  return dtype
}

/** The attention weights, or their cotangents, of which some are dropped. */
function drop(weights: Tensor, dropout: DropoutParameters | undefined): Tensor {
  return dropout ? apply(dropoutOf, [weights], dropout)[0]! : weights
}

/** scale · q kᵀ + bias. `[batch, heads, queries, keys]` */
function scores(q: Tensor, k: Tensor, bias: Tensor | undefined, scale: number): Tensor {
  const products = mul(matmul(q, k, { transposeB: true }), scale)
  return bias ? add(products, bias) : products
}

/**
 * y = dropout(softmax(scale · q kᵀ + bias)) v.
 *
 * Inputs q `[batch, heads, queries, headSize]`, k and v `[batch, heads, keys, headSize]` and, if there is one, a bias
 * that broadcasts to `[batch, heads, queries, keys]` (a large negative number hides a key);
 * outputs y `[batch, heads, queries, headSize]` and, f32, ln Σ e^scores `[batch, heads, queries, 1]`, which the
 * derivative needs.
 *
 * @see Vaswani et al. 2017, eq. 1
 */
export const attention: Composite<AttentionParameters> = {
  name: 'attention',
  outputs([q, k, v, bias], parameters) {
    const dtype = check('attention', [q!, k!, v!, bias], parameters)
    const rows = q!.shape.slice(0, 3)
    return [
      { shape: [...rows, v!.shape[3]!], dtype },
      { shape: [...rows, 1], dtype: 'f32' },
    ]
  },
  formula([q, k, v, bias], { scale, dropout }) {
    const s = scores(q!, k!, bias, scale)
    const largest = maxOver(s, last)
    const logSumExp = add(log(sum(exp(sub(s, largest)), last)), largest)
    return [matmul(drop(exp(sub(s, logSumExp)), dropout), v!), logSumExp]
  },
}

/**
 * With p the attention weights:  dv = dropout(p)ᵀ g,  ds = p · (dropout(g vᵀ) - Σ g y),  dq = scale · ds k,
 * dk = scale · dsᵀ q.
 *
 * Inputs q, k, v, y, ln Σ e^scores, g = dy and, if there is one, the bias; outputs dq, dk, dv.
 *
 * @see Dao et al. 2022, appendix B.2
 */
export const attentionGrad: Composite<AttentionParameters> = {
  name: 'attentionGrad',
  outputs([q, k, v, , , , bias], parameters) {
    const dtype = check('attentionGrad', [q!, k!, v!, bias], parameters)
    return [q!, k!, v!].map(({ shape }) => ({ shape, dtype }))
  },
  formula([q, k, v, y, logSumExp, g, bias], { scale, dropout }) {
    const p = exp(sub(scores(q!, k!, bias, scale), logSumExp!))
    const dp = drop(matmul(g!, v!, { transposeB: true }), dropout)
    const ds = mul(mul(p, sub(dp, sum(mul(g!, y!), last))), scale)
    return [matmul(ds, k!), matmul(ds, q!, { transposeA: true }), matmul(drop(p, dropout), g!, { transposeA: true })]
  },
}
