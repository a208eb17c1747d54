import { tensor } from '../create.ts'
import type { DType } from '../dtype.ts'
import { abs, min } from '../operations/elementwise.ts'
import type { NoParameters } from '../primitives.ts'
import { formatShape, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Case, PrimitiveCases, Tolerance } from './case.ts'
import { type Draw, everyDType, specialFloats, specialIntegers } from './draw.ts'

const sizes: readonly Shape[] = [[], [0], [1], [3], [7], [2, 3, 5], [129], [1031]]

const broadcasts: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[3], []],
  [[], [5]],
  [[1], [0]],
  [[2, 0, 3], [3]],
  [[33], [33]],
  [[1031], [1031]],
  [[1031], [1]],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [
    [5, 1],
    [1, 7],
  ],
  [
    [2, 3, 4],
    [3, 4],
  ],
  [[3, 37], [37]],
  [
    [37, 3],
    [37, 1],
  ],
  [
    [2, 1, 1],
    [2, 5, 9],
  ],
  [
    [7, 1, 5, 1],
    [1, 6, 1, 3],
  ],
  [
    [1, 2, 1, 2, 1, 2],
    [2, 1, 2, 1, 2, 1],
  ],
]

const binary: readonly Case<NoParameters>[] = [
  {
    name: 'all pairs of special values',
    inputs: (draw) => [
      draw.values([specialFloats.length, 1], 'f32', specialFloats),
      draw.values([specialFloats.length], 'f32', specialFloats),
    ],
    parameters: {},
  },
  integers('i32', 2),
  integers('u32', 2),
  ...broadcasts.flatMap(([a, b]) =>
    (['f32', 'i32', 'u32'] as const).map((dtype) => ({
      name: `${dtype} ${formatShape(a)} and ${formatShape(b)}`,
      // Small whole numbers meet often, so that ties are tried too.
      inputs: (draw: Draw) =>
        dtype === 'f32'
          ? [draw.normal(a), draw.normal(b)]
          : [draw.integers(a, 0, 9, dtype), draw.integers(b, 0, 9, dtype)],
      parameters: {},
    })),
  ),
]

const angles: readonly Case<NoParameters>[] = unary(
  specialFloats.filter((x) => !(Math.abs(x) > 1e5 && Number.isFinite(x))),
  [-4, 4],
  [-1e4, 1e4],
  [-1e-3, 1e-3],
)

export const elementwise: PrimitiveCases<
  | 'neg'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'erf'
  | 'round'
  | 'cast'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'less'
  | 'equal'
  | 'where'
> = {
  neg: { tolerances: [], cases: [...unary(specialFloats, [-9, 9]), integers('i32', 1)] },
  exp: {
    tolerances: [fewRoundings(4)],
    cases: [
      ...unary(specialFloats, [-20, 20], [-86, 88], [-1e-3, 1e-3]),
      list('underflow', [-87.4, -100, -103.9, -104.1, -200]),
    ],
  },
  log: {
    tolerances: [fewRoundings(4)],
    cases: [
      ...unary(specialFloats, [1e-6, 100], [1e30, 1e38], [0.9, 1.1]),
      list('near 1', [1 - 2 ** -24, 1 + 2 ** -23, 1 + 2 ** -12]),
    ],
  },
  sqrt: { tolerances: [], cases: unary(specialFloats, [0, 1e4], [0, 1e-37]) },
  sin: {
    tolerances: [
      {
        roundings: 4,
        scale: ([x]) => min(abs(x!), 1),
        because:
          'near its zeros but 0, sin is no more accurate than the reduction of x by multiples of π, an absolute error',
      },
    ],
    cases: angles,
  },
  cos: {
    tolerances: [{ roundings: 4, scale: () => tensor(1), because: 'as sin; the largest cosine is 1' }],
    cases: angles,
  },
  tanh: { tolerances: [fewRoundings(6)], cases: unary(specialFloats, [-3, 3], [-20, 20], [-1e-3, 1e-3]) },
  erf: { tolerances: [fewRoundings(6)], cases: unary(specialFloats, [-3, 3], [-10, 10], [-1e-3, 1e-3]) },
  round: {
    tolerances: [],
    cases: [...unary(specialFloats, [-9, 9]), list('halves', [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5])],
  },
  cast: { half: false, tolerances: [], cases: everyDType.flatMap((from) => everyDType.map((to) => casting(from, to))) },
  add: { tolerances: [], arithmetic: true, cases: binary },
  sub: { tolerances: [], arithmetic: true, cases: binary },
  mul: { tolerances: [], arithmetic: true, cases: binary },
  div: { tolerances: [], arithmetic: true, cases: binary },
  max: { tolerances: [], cases: binary },
  less: { tolerances: [], cases: binary },
  equal: {
    tolerances: [],
    cases: [
      ...binary,
      {
        name: 'bool',
        inputs: (draw) => [draw.integers([5, 7], 0, 1, 'bool'), draw.integers([7], 0, 1, 'bool')],
        parameters: {},
      },
    ],
  },
  where: { tolerances: [], cases: [...choices('f32'), ...choices('i32'), ...choices('u32'), ...choices('bool')] },
}

function fewRoundings(roundings: number): Tolerance<NoParameters> {
  return {
    roundings,
    scale: 'element',
    because: 'a polynomial of float32 rounds a few times; 2 roundings are 1 ulp at most',
  }
}

function list(name: string, values: readonly number[]): Case<NoParameters> {
  return { name, inputs: (draw) => [draw.values([values.length], 'f32', values)], parameters: {} }
}

function integers(dtype: DType, count: number): Case<NoParameters> {
  const values = (draw: Draw, axis: number): Tensor =>
    draw.values(axis === 0 ? [specialIntegers.length] : [specialIntegers.length, 1], dtype, specialIntegers)
  return {
    name: `${dtype}, to the ends of the range`,
    inputs: (draw) => Array.from({ length: count }, (_, axis) => values(draw, axis)),
    parameters: {},
  }
}

function unary(special: readonly number[], ...ranges: readonly (readonly [number, number])[]): Case<NoParameters>[] {
  return [
    list('special values', special),
    ...sizes.map((shape) => ({
      name: formatShape(shape),
      inputs: (draw: Draw) => [draw.uniform(shape, ...ranges[0]!)],
      parameters: {},
    })),
    ...ranges.map(([low, high]) => ({
      name: `from ${low} to ${high}`,
      inputs: (draw: Draw) => [draw.uniform([2000], low, high)],
      parameters: {},
    })),
  ]
}

function choices(dtype: DType): Case<NoParameters>[] {
  const shapes: readonly (readonly [Shape, Shape, Shape])[] = [
    [[], [], []],
    [[7], [7], [7]],
    [[0], [1], [0]],
    [[5, 1], [7], []],
    [
      [2, 1, 3],
      [4, 1],
      [2, 4, 3],
    ],
    [[1031], [], [1031]],
    [[], [3, 5], [5]],
  ]
  return shapes.map(([condition, a, b]) => ({
    name: `${dtype}, ${formatShape(condition)} of ${formatShape(a)} and ${formatShape(b)}`,
    inputs: (draw) => [draw.integers(condition, 0, 1, 'bool'), draw.any(a, dtype), draw.any(b, dtype)],
    parameters: {},
  }))
}

function casting(from: DType, to: DType): Case<{ readonly dtype: DType }> {
  const size = from === 'f16' || from === 'bf16' ? 5000 : 700
  return { name: `${from} to ${to}`, inputs: (draw) => [draw.any([size], from)], parameters: { dtype: to } }
}
