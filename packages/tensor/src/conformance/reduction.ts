import { abs } from '../operations/elementwise.ts'
import { sum } from '../operations/reduction.ts'
import type { ReductionParameters } from '../primitives.ts'
import { formatShape, type Shape } from '../shape.ts'
import type { Case, PrimitiveCases } from './case.ts'
import type { Draw } from './draw.ts'

const reductions: readonly Case<ReductionParameters>[] = [
  ...reducing(
    [[7], [0]],
    [[], []],
    [[3, 5], [0]],
    [[3, 5], [1]],
    [
      [3, 5],
      [0, 1],
    ],
    [[3, 5], []],
  ),
  ...reducing(
    [[2, 3, 4], [1]],
    [
      [2, 3, 4],
      [0, 2],
    ],
    [[5, 1, 33], [0]],
    [
      [5, 1, 33],
      [1, 2],
    ],
    [[3, 0], [0]],
  ),
  ...reducing(
    [
      [2, 3, 2, 5, 3],
      [1, 3],
    ],
    [[17, 65], [1]],
    [[65, 17], [0]],
    [[4099, 3], [0]],
    [[3, 4099], [1]],
  ),
  ...reducing([[100003], [0]]),
  ...reducing([[0, 3], [0]]).map((one) => ({ ...one, name: `${one.name}, which are nothing` })),
  {
    name: 'infinities and NaN',
    inputs: (draw) => [
      draw.values([5, 3], 'f32', [
        Infinity,
        1,
        2,
        -Infinity,
        -Infinity,
        -Infinity,
        NaN,
        1,
        Infinity,
        Infinity,
        0,
        -Infinity,
        5,
        NaN,
        NaN,
      ]),
    ],
    parameters: { axes: [1], keepDims: false },
  },
  {
    name: 'one number among many far smaller',
    inputs: (draw) => [draw.values([1001], 'f32', [1e7, ...Array.from({ length: 1000 }, () => 0.25)])],
    parameters: { axes: [0], keepDims: false },
  },
]

export const reduction: PrimitiveCases<'sum' | 'maxOver'> = {
  sum: {
    tolerances: [
      {
        roundings: ([x], { axes }) => 4 + Math.sqrt(axes.reduce((count, axis) => count * x!.shape[axis]!, 1)),
        scale: ([x], { axes, keepDims }) => sum(abs(x!), { axis: axes, keepDims }),
        because: 'each addition may round by 2⁻²⁴ of a partial sum; over n of them the errors walk about √n',
      },
    ],
    cases: reductions,
  },
  maxOver: { tolerances: [], cases: reductions.filter(({ name }) => !name.includes('nothing')) },
}

/** Whole numbers, whose sums are exact in any order, and ordinary ones; each shape with its axes. */
function reducing(...shapes: readonly (readonly [Shape, readonly number[]])[]): Case<ReductionParameters>[] {
  return shapes.flatMap(([shape, axes], index) =>
    (['f32', 'i32', 'u32', 'normal'] as const).map((kind) => ({
      name: `${kind === 'normal' ? 'f32' : `whole ${kind}`} ${formatShape(shape)} over ${formatShape(axes)}`,
      inputs: (draw: Draw) => [
        kind === 'normal' ? draw.normal(shape) : draw.integers(shape, kind === 'u32' ? 0 : -9, 9, kind),
      ],
      parameters: { axes, keepDims: index % 2 === 0 },
      exact: kind !== 'normal',
    })),
  )
}
