import { apply } from '../apply.ts'
import { type Composites, composites } from '../composites/index.ts'
import { abs, add, cast, exp, max, mul, sub } from '../operations/elementwise.ts'
import { expand, reshape } from '../operations/movement.ts'
import { logSoftmax, softmax } from '../operations/neural.ts'
import { mean, sum } from '../operations/reduction.ts'
import { formatShape, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { type Case, type CompositeCases, ofLargest } from './case.ts'
import { type Draw, specialFloats } from './draw.ts'

const shapes: readonly Shape[] = [[1], [2], [7], [3, 5], [2, 3, 33], [129, 16], [4, 1000], [0, 5], [2, 8192]]

const extremes: readonly Case<Composites['softmax']>[] = [
  {
    name: 'large numbers, and -∞ which hides',
    inputs: (draw) => [draw.values([3, 4], 'f32', [1e4, 1e4, -1e4, 0, -Infinity, 1, -Infinity, 2, 3e38, 1, 2, -3e38])],
    parameters: {},
  },
  { name: 'nothing but -∞', inputs: (draw) => [draw.values([1, 3], 'f32', [-Infinity])], parameters: {} },
  {
    name: 'NaN and ∞',
    inputs: (draw) => [draw.values([2, 3], 'f32', [1, Number.NaN, 2, 1, Infinity, 2])],
    parameters: {},
  },
  { name: 'all the same', inputs: (draw) => [draw.values([1, 100], 'f32', [-5])], parameters: {} },
]

const last = { axis: -1, keepDims: true } as const

/** Composites that work on each row, or element, by itself. */
export const rowwise: CompositeCases<
  | 'softmax'
  | 'softmaxGrad'
  | 'logSoftmax'
  | 'logSoftmaxGrad'
  | 'gelu'
  | 'geluGrad'
  | 'layerNorm'
  | 'layerNormGrad'
  | 'crossEntropy'
  | 'crossEntropyGrad'
  | 'dropout'
  | 'topK'
> = {
  softmax: { tolerances: [ofLargest(8)], cases: [...rows(), ...extremes] },
  softmaxGrad: {
    tolerances: [
      {
        roundings: 16,
        scale: ([y, g]) => mul(y!, add(abs(g!), sum(mul(y!, abs(g!)), last))),
        because: 'a difference that may cancel: errors are in proportion to what is subtracted',
      },
    ],
    cases: rowsOfTwo((x, g) => [softmax(x), g]),
  },
  logSoftmax: { tolerances: [ofLargest(8)], cases: [...rows(), ...extremes] },
  logSoftmaxGrad: {
    tolerances: [
      {
        roundings: 16,
        scale: ([y, g]) => add(abs(g!), mul(exp(y!), sum(abs(g!), last))),
        because: 'as softmaxGrad',
      },
    ],
    cases: rowsOfTwo((x, g) => [logSoftmax(x), g]),
  },
  gelu: {
    tolerances: [
      {
        roundings: 8,
        scale: ([x]) => abs(x!),
        because: 'Φ is a sum that cancels for x far below 0, so its error is absolute',
      },
    ],
    cases: [
      ...rows(),
      {
        name: 'special values',
        inputs: (draw) => [draw.values([specialFloats.length], 'f32', specialFloats)],
        parameters: {},
      },
    ],
  },
  geluGrad: {
    tolerances: [
      {
        roundings: 12,
        scale: ([x, g]) => mul(abs(g!), max(abs(x!), 1)),
        because: 'as gelu; xφ(x) rounds a few times more',
      },
    ],
    cases: rowsOfTwo((x, g) => [x, g]),
  },
  layerNorm: {
    tolerances: [
      {
        roundings: 16,
        scale: ([x, gamma, beta], parameters) => {
          const scale = apply(composites.layerNorm, [x!, gamma!, beta!], parameters)[2]!
          return add(mul(mul(add(abs(x!), mean(abs(x!), last)), scale), abs(gamma!)), abs(beta!))
        },
        because: 'x - mean cancels, so its error is in proportion to |x|; the mean and the variance are sums',
      },
      {
        roundings: 8,
        scale: ([x]) => mean(abs(x!), last),
        because: 'a sum of terms of both signs',
      },
      {
        roundings: 16,
        scale: ([x, gamma, beta], parameters) => {
          // The relative error of the variance: that of differences which cancel down from |mean| to the deviation.
          const [, average, scale] = apply(composites.layerNorm, [x!, gamma!, beta!], parameters)
          return mul(scale!, add(mul(abs(average!), scale!), 1))
        },
        because: 'a sum of squares, a root and a quotient, of differences whose error is in proportion to |mean|',
      },
    ],
    cases: normalized(),
  },
  layerNormGrad: {
    tolerances: [
      {
        roundings: 16,
        scale: ([x, gamma, average, scale, g]) => {
          const normalized = abs(mul(sub(x!, average!), scale!))
          const h = abs(mul(g!, gamma!))
          const bound = add(add(h, mean(h, last)), mul(normalized, mean(mul(h, normalized), last)))
          return mul(scale!, bound)
        },
        because: 'three terms that cancel, so errors are in proportion to their sizes; two of them hold sums',
      },
      {
        roundings: ([x, gamma]) => 4 + Math.sqrt(x!.size / gamma!.size),
        scale: ([x, , average, scale, g]) => overRows(abs(mul(g!, mul(sub(x!, average!), scale!)))),
        because: 'a sum over the rows',
      },
      {
        roundings: ([x, gamma]) => 4 + Math.sqrt(x!.size / gamma!.size),
        scale: ([, , , , g]) => overRows(abs(g!)),
        because: 'a sum over the rows',
      },
    ],
    cases: normalizedBackward(),
  },
  crossEntropy: { tolerances: [ofLargest(16)], cases: classified((logits, targets) => [logits, targets]) },
  crossEntropyGrad: {
    tolerances: [
      {
        roundings: 16,
        scale: ([logits, , , g]) => expand(abs(reshape(g!, [g!.size, 1])), logits!.shape),
        because: 'the difference of two probabilities, which may cancel, times g',
      },
    ],
    cases: classified((logits, targets, parameters, draw) => {
      const logSumExp = apply(composites.crossEntropy, [logits, targets], parameters)[1]!
      return [logits, targets, logSumExp, cast(draw.normal(targets.shape), 'f32')]
    }),
  },
  dropout: {
    tolerances: [
      { roundings: 2, scale: 'element', because: 'x / (1 - rate) may be written as a product, which rounds twice' },
    ],
    cases: [[0], [1], [5], [33, 7], [1031]].flatMap((shape) =>
      [0.1, 0.5, 0.999].map((rate) => ({
        name: `${formatShape(shape)} at rate ${rate}`,
        inputs: (draw: Draw) => [draw.normal(shape)],
        parameters: { rate, key: [2020, 7] as const },
      })),
    ),
  },
  topK: { tolerances: [], cases: largest() },
}

function rows(): Case<Composites['softmax']>[] {
  return shapes.map((shape) => ({
    name: formatShape(shape),
    inputs: (draw) => [draw.normal(shape, { deviation: 3 })],
    parameters: {},
  }))
}

function rowsOfTwo(inputs: (x: Tensor, g: Tensor) => readonly Tensor[]): Case<Composites['softmaxGrad']>[] {
  return shapes.map((shape) => ({
    name: formatShape(shape),
    inputs: (draw) => inputs(draw.normal(shape, { deviation: 2 }), draw.normal(shape)),
    parameters: {},
  }))
}

function normalized(): Case<Composites['layerNorm']>[] {
  const make = (draw: Draw, shape: Shape, mean: number, deviation: number): Tensor[] => [
    draw.normal(shape, { mean, deviation }),
    draw.normal([shape.at(-1)!], { mean: 1, deviation: 0.3 }),
    draw.normal([shape.at(-1)!]),
  ]
  return [
    ...shapes.map((shape) => ({
      name: formatShape(shape),
      inputs: (draw: Draw) => make(draw, shape, 0.5, 2),
      parameters: { epsilon: 1e-5 },
    })),
    { name: 'far from 0', inputs: (draw) => make(draw, [3, 257], 1000, 1), parameters: { epsilon: 1e-5 } },
    { name: 'nearly constant', inputs: (draw) => make(draw, [3, 64], 0, 1e-6), parameters: { epsilon: 1e-12 } },
    { name: 'constant', inputs: (draw) => make(draw, [3, 64], 2, 0), parameters: { epsilon: 1e-5 } },
  ]
}

function normalizedBackward(): Case<Composites['layerNormGrad']>[] {
  return shapes.map((shape) => ({
    name: formatShape(shape),
    inputs: (draw) => {
      const x = draw.normal(shape, { mean: 0.5, deviation: 2 })
      const gamma = draw.normal([shape.at(-1)!], { mean: 1, deviation: 0.3 })
      const [, mean, scale] = apply(composites.layerNorm, [x, gamma, gamma], { epsilon: 1e-5 })
      return [x, gamma, mean!, scale!, draw.normal(shape)]
    },
    parameters: {},
  }))
}

function classified(
  inputs: (logits: Tensor, targets: Tensor, parameters: Composites['crossEntropy'], draw: Draw) => readonly Tensor[],
): Case<Composites['crossEntropy']>[] {
  return [
    [1, 1],
    [5, 7],
    [33, 129],
    [0, 5],
    [4, 8192],
  ].flatMap(([count, classes]) =>
    [0, 0.1].map((labelSmoothing) => {
      const parameters = { ignoreIndex: classes === 1 ? -100 : 2, labelSmoothing }
      return {
        name: `[${count}, ${classes}], smoothing ${labelSmoothing}`,
        inputs: (draw: Draw) => {
          const logits = draw.normal([count!, classes!], { deviation: 4 })
          return inputs(logits, draw.integers([count!], 0, Math.min(classes!, 7) - 1), parameters, draw)
        },
        parameters,
      }
    }),
  )
}

/** Σ over all axes but the last. */
function overRows(x: Tensor): Tensor {
  return sum(x, { axis: x.shape.slice(1).map((_, axis) => axis) })
}

/** Of rows shorter and longer than vectors, drawn, sorted either way, full of equals, and with what is passed over. */
function largest(): Case<Composites['topK']>[] {
  const sizes: readonly (readonly [shape: Shape, count: number])[] = [
    [[1], 1],
    [[7], 7],
    [[3, 5], 2],
    [[2, 3, 33], 4],
    [[129, 16], 1],
    [[4, 1000], 6],
    [[0, 5], 3],
    [[2, 8192], 3],
  ]
  const rows: readonly (readonly [name: string, values: readonly number[], count: number])[] = [
    ['equal ones', [2, 1, 2, 2, 1, 0, 2], 5],
    ['ascending', Array.from({ length: 40 }, (_, place) => place - 20), 3],
    ['descending', Array.from({ length: 40 }, (_, place) => 20 - place), 3],
    ['infinities and NaN', [1, Number.NaN, Infinity, -Infinity, -7, Infinity, Number.NaN, 65504], 6],
    ['NaN before all', [Number.NaN, Number.NaN, 3, 4], 2],
    ['fewer than wanted', [-Infinity, 3, -Infinity, Number.NaN, 3], 4],
    ['nothing but -∞ and NaN', [-Infinity, Number.NaN], 2],
  ]
  return [
    ...sizes.map(([shape, count]) => ({
      name: `${count} of ${formatShape(shape)}`,
      inputs: (draw: Draw) => [draw.normal(shape)],
      parameters: { count },
    })),
    ...rows.map(([name, values, count]) => ({
      name,
      inputs: (draw: Draw) => [draw.values([2, values.length], 'f32', values)],
      parameters: { count },
    })),
    {
      name: 'zeros of either sign, which are equal',
      inputs: (draw: Draw) => [draw.values([1, 6], 'f32', [-1, -0, 0, -0, 0, -2])],
      parameters: { count: 5 },
      exact: true,
    },
  ]
}
