import { apply } from '../apply.ts'
import { type Composites, composites } from '../composites/index.ts'
import { matmul } from '../operations/contraction.ts'
import { abs, add, exp, mul, sub } from '../operations/elementwise.ts'
import { linear } from '../operations/neural.ts'
import { sum } from '../operations/reduction.ts'
import { formatShape, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { type Case, type CompositeCases, ofLargest, type Tolerance } from './case.ts'
import type { Draw } from './draw.ts'
import { quantized } from './quantized.ts'
import { rowwise } from './rowwise.ts'
import { sparse } from './sparse.ts'

/** Ids that repeat, are left out, or lie outside; planes of bytes and of kilobytes. */
const appended: readonly { readonly x: Shape; readonly ids: readonly number[]; readonly more: Shape }[] = [
  { x: [3, 1, 2], ids: [2, 0, 2, 1], more: [4, 1, 2] },
  { x: [3, 2, 5, 7], ids: [2, 2], more: [2, 2, 1, 7] },
  { x: [4, 3, 40, 32], ids: [-1, 3, 9, 1, 0], more: [5, 3, 2, 32] },
  { x: [2, 4, 0, 3], ids: [1, 0], more: [2, 4, 1, 3] },
  { x: [2, 3, 4], ids: [], more: [0, 1, 4] },
]

/** Every composite, and what it is tried on. */
export const compositeCases: CompositeCases<keyof Composites> = {
  ...rowwise,
  ...sparse,
  ...quantized,
  linear: {
    tolerances: [
      {
        roundings: ([x]) => 4 + Math.sqrt(x!.shape.at(-1)!),
        scale: ([x, weight, bias]) => linear(abs(x!), abs(weight!), bias && abs(bias)),
        because: 'as matmul, with one more addition',
      },
    ],
    cases: affine(),
  },
  attention: { tolerances: [ofLargest(32)], cases: attending((inputs) => inputs) },
  attentionGrad: {
    tolerances: [0, 1, 2].map(attentionTolerance),
    cases: attending(([q, k, v, ...bias], parameters, draw) => {
      const [y, logSumExp] = apply(composites.attention, [q!, k!, v!, ...bias], parameters)
      return [q!, k!, v!, y!, logSumExp!, draw.normal(y!.shape), ...bias]
    }),
  },
  embedding: {
    tolerances: [],
    cases: [[], [0], [1], [2, 5], [300]].map((ids) => ({
      name: formatShape(ids),
      inputs: (draw) => [draw.normal([11, 6]), draw.integers(ids, 0, 10)],
      parameters: { paddingIndex: 1 },
    })),
  },
  appendRows: {
    tolerances: [],
    cases: appended.flatMap(({ x, ids, more }) => ({
      name: `${formatShape(more)} behind rows of ${formatShape(x)}`,
      inputs: (draw: Draw) => [draw.normal(x), draw.normal(more), draw.values([ids.length], 'i32', ids)],
      parameters: {},
    })),
  },
  embeddingGrad: {
    tolerances: [],
    cases: [[0], [1], [2, 5], [300]].flatMap((ids) =>
      [-1, 1].map((paddingIndex) => ({
        name: `${formatShape(ids)}, padding ${paddingIndex}`,
        inputs: (draw: Draw) => [draw.integers([...ids, 6], -99, 99, 'f32'), draw.integers(ids, 0, 10)],
        parameters: { rows: 11, paddingIndex },
        exact: true,
      })),
    ),
  },
  // Weights that are trained, and what is remembered of their gradients, are f32.
  adamwStep: { half: false, tolerances: [ofLargest(8)], cases: steps() },
  globalNorm: {
    half: false,
    tolerances: [{ roundings: 16, scale: 'element', because: 'a sum of squares, none negative, and a root' }],
    cases: [
      { name: 'one', inputs: (draw) => [draw.normal([7])], parameters: {} },
      { name: 'zeros', inputs: (draw) => [draw.values([2, 3], 'f32', [0])], parameters: {} },
      {
        name: 'many',
        inputs: (draw) => [[3, 4], [], [0], [1031], [64, 33]].map((shape) => draw.normal(shape)),
        parameters: {},
      },
    ],
  },
}

/** That of dq, dk or dv: errors are in proportion to the same products and sums of absolute values. */
function attentionTolerance(output: number): Tolerance<Composites['attentionGrad']> {
  return {
    roundings: ([q, k]) => 16 + 2 * Math.sqrt(q!.shape[3]! + k!.shape[2]!),
    scale: ([q, k, v, y, logSumExp, g, bias], { scale, dropout }) => {
      const keep = 1 / (1 - (dropout?.rate ?? 0))
      const products = mul(matmul(q!, k!, { transposeB: true }), scale)
      const p = exp(sub(bias ? add(products, bias) : products, logSumExp!))
      const dp = add(
        mul(matmul(abs(g!), abs(v!), { transposeB: true }), keep),
        sum(abs(mul(g!, y!)), { axis: -1, keepDims: true }),
      )
      const ds = mul(mul(p, dp), scale)
      const ofScores = [matmul(ds, abs(k!)), matmul(ds, abs(q!), { transposeA: true })]
      return [...ofScores, matmul(mul(p, keep), abs(g!), { transposeA: true })][output]!
    },
    because: 'differences that may cancel; each score is a sum over headSize, each result a sum over queries or keys',
  }
}

function affine(): Case<Composites['linear']>[] {
  const sizes: readonly (readonly [rows: Shape, inner: number, out: number])[] = [
    [[], 3, 2],
    [[1], 1, 1],
    [[5], 7, 3],
    [[2, 3], 33, 17],
    [[4, 16], 64, 128],
    [[0], 3, 4],
    [[3], 0, 4],
    [[100], 37, 1],
  ]
  return sizes.flatMap(([rows, inner, out]) =>
    [true, false].flatMap((biased) => {
      const name = `${formatShape([...rows, inner])} to ${out}${biased ? '' : ' without a bias'}`
      const some = (make: (shape: Shape) => Tensor): Tensor[] => [
        make([...rows, inner]),
        make([out, inner]),
        ...(biased ? [make([out])] : []),
      ]
      return [
        { name, inputs: (draw: Draw) => some((shape) => draw.normal(shape)), parameters: {} },
        {
          name: `whole numbers, ${name}`,
          inputs: (draw: Draw) => some((shape) => draw.integers(shape, -9, 9, 'f32')),
          parameters: {},
          exact: true,
        },
      ]
    }),
  )
}

/** Shapes `[batch, heads, queries, keys, headSize]`, each with the shape of its bias, if any. */
function attending(
  inputs: (qkv: readonly Tensor[], parameters: Composites['attention'], draw: Draw) => readonly Tensor[],
): Case<Composites['attention']>[] {
  const cases: readonly (readonly [
    batch: number,
    heads: number,
    queries: number,
    keys: number,
    size: number,
    bias?: Shape,
  ])[] = [
    [1, 1, 1, 1, 1],
    [2, 3, 5, 5, 4],
    [2, 3, 5, 5, 4, [2, 1, 1, 5]],
    [2, 3, 5, 5, 4, [5, 5]],
    [1, 2, 7, 3, 8],
    [1, 2, 1, 33, 16, [1, 2, 1, 33]],
    [2, 2, 64, 64, 32],
    [1, 1, 129, 129, 17, [1, 1, 1, 129]],
    [0, 2, 3, 3, 4],
  ]
  const rates = [0, 0.1, 0.9]
  return cases.flatMap(([batch, heads, queries, keys, size, bias]) =>
    rates.map((rate) => {
      const scale = 1 / Math.sqrt(size)
      const parameters = rate ? { scale, dropout: { key: [2020, 7] as const, rate } } : { scale }
      const biased = bias ? `, bias ${formatShape(bias)}` : ''
      return {
        name: `${formatShape([batch, heads, queries, size])} to ${keys} keys${biased}, dropout ${rate}`,
        inputs: (draw) => {
          const qkv = [queries, keys, keys].map((time) => draw.normal([batch, heads, time, size]))
          // One key in four is hidden; never all of them, for the first is not.
          const hidden = bias && mul(draw.values(bias, 'f32', [0, 1, 0, 0]), -10000)
          return inputs(hidden ? [...qkv, hidden] : qkv, parameters, draw)
        },
        parameters,
      }
    }),
  )
}

function steps(): Case<Composites['adamwStep']>[] {
  const sizes: readonly Shape[] = [[5], [3, 7], [], [1031]]
  const cases = [
    [1, 0.5],
    [10, 0.5],
    [1000, 0.5],
    [3, Number.NaN],
  ] as const
  return cases.map(([step, scale]) => ({
    name: `step ${step}${Number.isNaN(scale) ? ', skipped' : ''}`,
    inputs: (draw) => [
      draw.values([], 'f32', [scale]),
      ...[1, 0.1, 0.1].flatMap((deviation) => sizes.map((shape) => draw.normal(shape, { deviation }))),
      ...sizes.map((shape) => draw.uniform(shape, 0, 0.1)),
    ],
    parameters: {
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: [0.01, 0, 0.1, 0.01],
      step,
    },
  }))
}
