import {
  add,
  attention,
  concat,
  cos,
  crossEntropy,
  div,
  einsum,
  embedding,
  equal,
  gather,
  layerNorm,
  logSoftmax,
  matmul,
  max,
  maxOver,
  mean,
  min,
  minOver,
  mul,
  pad,
  range,
  relu,
  scatterAdd,
  sigmoid,
  softmax,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  variance,
  where,
} from '@tlc/tensor'
import { grad } from '../src/index.ts'

interface Inputs {
  readonly [name: string]: Tensor
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|). */
const softplus = (x: Tensor): Tensor => add(relu(x), x.abs().neg().exp().add(1).log())

const logSumExp = (x: Tensor): Tensor => {
  const largest = maxOver(x, { axis: -1, keepDims: true })
  return add(x.sub(largest).exp().sum({ axis: -1 }).log(), largest.reshape(x.shape.slice(0, -1)))
}

const oneHot = (ids: Tensor, classes: number): Tensor =>
  equal(ids.reshape([...ids.shape, 1]), range(classes, { dtype: 'i32' })).cast('f32')

const pick = (x: Tensor, ids: readonly number[], axis = 0): Tensor => gather(x, tensor(ids, { dtype: 'i32' }), { axis })

const normalize = (x: Tensor, axis: readonly number[], epsilon: number): Tensor =>
  div(sub(x, mean(x, { axis, keepDims: true })), variance(x, { axis, keepDims: true }).add(epsilon).sqrt())

const column = (x: Tensor): Tensor => x.reshape([-1, 1])

const row = (x: Tensor): Tensor => x.reshape([1, -1])

const selu = (x: Tensor): Tensor => {
  const [scale, alpha] = [1.0507009873554805, 1.6732632423543772]
  return where(x.greater(0), x, min(x, 0).exp().sub(1).mul(alpha)).mul(scale)
}

const binaryCrossEntropy = ({ x, t, pw }: Inputs): Tensor =>
  add(mul(sub(1, t!), x!), mul(softplus(x!.neg()), add(1, mul(sub(pw!, 1), t!))))

const weightedCrossEntropy = ({ x, t, w }: Inputs, smoothing: number): Tensor => {
  const losses = logSoftmax(x!).neg().mul(w!)
  const counted = equal(t!, -100).cast('f32').neg().add(1)
  const target = oneHot(t!, x!.shape[1]!).mul(1 - smoothing)
  const spread = counted.reshape([-1, 1]).mul(smoothing / x!.shape[1]!)
  return losses.mul(target.add(spread)).sum()
}

/** Each case of the fixtures, in our operations. */
export const expressions: { readonly [name: string]: (inputs: Inputs) => Tensor } = {
  unary_exp: ({ x }) => x!.exp(),
  unary_expm1: ({ x }) => x!.exp().sub(1),
  unary_relu: ({ x }) => relu(x!),
  unary_silu: ({ x }) => x!.mul(sigmoid(x!)),
  unary_softplus: ({ x }) => softplus(x!),
  unary_erf: ({ x }) => x!.erf(),
  unary_abs: ({ x }) => x!.abs(),
  unary_sin: ({ x }) => x!.sin(),
  unary_cos: ({ x }) => cos(x!),
  unary_selu: ({ x }) => selu(x!),
  unary_hardswish: ({ x }) => x!.mul(x!.add(3).clamp(0, 6)).div(6),
  unary_hardsigmoid: ({ x }) => x!.add(3).clamp(0, 6).div(6),
  'unary_leaky_relu_0.2': ({ x }) => max(x!, x!.mul(0.2)),
  unary_logsigmoid: ({ x }) => softplus(x!.neg()).neg(),
  unary_relu6: ({ x }) => x!.clamp(0, 6),
  unary_log1p: ({ x }) => x!.add(1).log(),
  binary_add_bcast: ({ a, b }) => add(a!, b!),
  binary_mul_bcast: ({ a, b }) => mul(a!, b!),
  binary_div_bcast: ({ a, b }) => div(a!, b!),
  binary_maximum_bcast: ({ a, b }) => max(a!, b!),
  binary_minimum: ({ a, b }) => min(a!, b!),
  'pow_scalar_-2': ({ x }) => div(1, x!.mul(x!)),
  lerp: ({ a, b }) => a!.add(b!.sub(a!).mul(0.3)),
  matmul_2d: ({ a, b }) => matmul(a!, b!),
  matmul_1d2d: ({ a, b }) => matmul(row(a!), b!).reshape([-1]),
  matmul_3d3d: ({ a, b }) => matmul(a!, b!),
  matmul_1d3d: ({ a, b }) => matmul(row(a!), b!).reshape([2, 6]),
  matmul_k1: ({ a, b }) => matmul(a!, b!),
  matmul_big: ({ a, b }) => matmul(a!, b!),
  einsum_bij_bjk__bik90: (inputs) => einsum('bij,bjk->bik', inputs[0]!, inputs[1]!),
  einsum_i_j__ij96: (inputs) => einsum('i,j->ij', inputs[0]!, inputs[1]!),
  einsum____ij____jk_____ik97: (inputs) => einsum('...ij,...jk->...ik', inputs[0]!, inputs[1]!),
  softmax_dim1: ({ x }) => softmax(x!, { axis: 1 }),
  log_softmax_dim1: ({ x }) => logSoftmax(x!, { axis: 1 }),
  'softmax_dim-1': ({ x }) => softmax(x!),
  softmax_neginf: ({ x, m }) => softmax(where(m!, Number.NEGATIVE_INFINITY, x!)),
  'logsumexp_-1': ({ x }) => logSumExp(x!),
  'sum_-1_n': ({ x }) => sum(x!, { axis: -1 }),
  'sum_-1_k': ({ x }) => sum(x!, { axis: -1, keepDims: true }),
  sum_02_k: ({ x }) => sum(x!, { axis: [0, 2], keepDims: true }),
  mean_1_k: ({ x }) => mean(x!, { axis: 1, keepDims: true }),
  'mean_-1_k': ({ x }) => mean(x!, { axis: -1, keepDims: true }),
  mean_02_n: ({ x }) => mean(x!, { axis: [0, 2] }),
  amax_02_n: ({ x }) => maxOver(x!, { axis: [0, 2] }),
  amax_012_n: ({ x }) => maxOver(x!),
  amin_0_n: ({ x }) => minOver(x!, { axis: 0 }),
  amin_0_k: ({ x }) => minOver(x!, { axis: 0, keepDims: true }),
  amin_1_k: ({ x }) => minOver(x!, { axis: 1, keepDims: true }),
  'amin_-1_n': ({ x }) => minOver(x!, { axis: -1 }),
  'amin_-1_k': ({ x }) => minOver(x!, { axis: -1, keepDims: true }),
  amin_02_n: ({ x }) => minOver(x!, { axis: [0, 2] }),
  amax_ties: ({ x }) => maxOver(x!, { axis: 1 }),
  max_dim_ties: ({ x }) => x!.mul(oneHot(x!.argMax({ axis: 1 }), 4)).sum({ axis: 1 }),
  var_1_unb: ({ x }) => variance(x!, { axis: 1, correction: 1 }),
  'var_-1_unb': ({ x }) => variance(x!, { axis: -1, correction: 1 }),
  'std_-1_unb': ({ x }) => variance(x!, { axis: -1, correction: 1 }).sqrt(),
  'var_(0_2)_b': ({ x }) => variance(x!, { axis: [0, 2] }),
  norm_p1: ({ x }) => x!.abs().sum({ axis: 1 }),
  norm_pinf: ({ x }) => x!.abs().maxOver({ axis: 1 }),
  argmax_ties: ({ x }) => x!.argMax(),
  stack_1: ({ a, b }) => stack([a!, b!], { axis: 1 }),
  slice_step: ({ x }) => pick(pick(x!, [1, 3, 5]), [0, 3, 6], 2),
  index_tensor_repeat: ({ x, i }) => gather(x!, i!),
  index_add: ({ x, s, i }) => x!.add(scatterAdd(s!, i!, { size: 4 })),
  pad_const: ({ x }) => pad(x!, { before: [0, 0, 1], after: [0, 3, 2], value: 0.5 }),
  pad_neg: ({ x }) => pad(x!.slice([0, 1]), { after: [0, 2] }),
  pad_reflect: ({ x }) => pick(x!, [2, 1, 0, 1, 2, 3, 4, 3], 2),
  repeat: ({ x }) => concat([1, 2].map(() => concat([x!, x!, x!], { axis: 1 }))),
  repeat_interleave: ({ x }) => x!.reshape([2, 3, 1]).expand([2, 3, 3]).reshape([2, 9]),
  flip: ({ x }) => pick(pick(x!, [1, 0]), [3, 2, 1, 0], 2),
  roll: ({ x }) => pick(pick(x!, [2, 0, 1]), [2, 3, 4, 0, 1], 1),
  unfold: ({ x }) => pick(x!, [0, 1, 2, 2, 3, 4, 4, 5, 6], 1).reshape([2, 3, 3]),
  layer_norm_4x16: ({ x, w, b }) => layerNorm(x!, w!, b!),
  layer_norm_noaffine: ({ x }) => normalize(x!, [1], 1e-12),
  layer_norm_offset1000: ({ x, w, b }) => layerNorm(x!, w!, b!),
  group_norm: ({ x, w, b }) =>
    normalize(x!.reshape([2, 2, 10]), [2], 1e-5)
      .reshape([2, 4, 5])
      .mul(column(w!))
      .add(column(b!)),
  batch_norm_train: ({ x, w, b }) => normalize(x!, [0, 2], 1e-5).mul(column(w!)).add(column(b!)),
  cosine_similarity: ({ a, b }) =>
    a!
      .mul(b!)
      .sum({ axis: 1 })
      .div(a!.norm({ axis: 1 }).mul(b!.norm({ axis: 1 }))),
  embedding: ({ w, i }) => embedding(w!, i!),
  'cross_entropy_mean_ls0.0_ign': ({ x, t }) => crossEntropy(x!, t!),
  'cross_entropy_sum_ls0.1_weight': (inputs) => weightedCrossEntropy(inputs, 0.1),
  'cross_entropy_none_ls0.1_ign': ({ x, t }) => crossEntropy(x!, t!, { labelSmoothing: 0.1, reduction: 'none' }),
  cross_entropy_all_ignored_sum: ({ x, t }) => crossEntropy(x!, t!, { reduction: 'sum' }),
  cross_entropy_probs_ls: ({ x, t }) =>
    logSoftmax(x!)
      .mul(t!.mul(0.8).add(0.2 / 7))
      .sum({ axis: 1 })
      .mean()
      .neg(),
  cross_entropy_3d: ({ x, t }) => crossEntropy(x!.reshape([8, 7]), t!.reshape([8]), { ignoreIndex: 1 }),
  nll_loss: ({ x, t }) => logSoftmax(x!).mul(oneHot(t!, 7)).sum({ axis: 1 }).mean().neg(),
  mse_mean: ({ a, b }) => a!.sub(b!).square().mean(),
  l1_mean: ({ a, b }) => a!.sub(b!).abs().mean(),
  bce_logits_mean: (inputs) => binaryCrossEntropy(inputs).mean(),
  bce_logits_sum: (inputs) => binaryCrossEntropy(inputs).sum(),
  kl_div_logtarget: ({ a, b }) => divergence(logSoftmax(a!), logSoftmax(b!)),
  // T² times the mean over the rows; T² is 4, and so are the rows.
  distill_kd: ({ s, t }) => divergence(logSoftmax(s!.div(2)), logSoftmax(t!.div(2))),
  sdpa_keypad: ({ q, k, v, m }) => attention(q!, k!, v!, { bias: where(m!, Number.NEGATIVE_INFINITY, tensor(0)) }),
  double_backward_tanh: ({ x, w }) => grad(([y]) => matmul(y, w!).tanh().square().sum(), [x!])[0],
}

/** Σ q (ln q - ln p) over all elements, from ln p and ln q. */
function divergence(logP: Tensor, logQ: Tensor): Tensor {
  return logQ.exp().mul(logQ.sub(logP)).sum()
}

/** Cases that are left out, and why. */
export const inexpressible: { readonly [name: string]: string } = {
  unary_atan: 'there is no arc tangent',
  topk_3: 'there is no sorting',
  conv1d_dilated_groups: 'there is no convolution',
}
