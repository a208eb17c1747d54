import type { DType } from '../dtype.ts'
import type { Primitives } from '../primitives.ts'
import { formatShape, type Shape } from '../shape.ts'
import type { Case, PrimitiveCases } from './case.ts'
import { everyDType } from './draw.ts'

export const movement: PrimitiveCases<'reshape' | 'permute' | 'expand' | 'pad' | 'slice' | 'concat'> = {
  reshape: { tolerances: [], cases: [moving('to another shape', [2, 6], 'f32', { shape: [3, 4] })] },
  permute: {
    tolerances: [],
    cases: [...permutations(), ...everyDType.map((dtype) => moving('transposed', [5, 7], dtype, { axes: [1, 0] }))],
  },
  expand: {
    tolerances: [],
    cases: [
      ...everyDType.map((dtype) => moving('', [3, 1], dtype, { shape: [2, 3, 5] })),
      moving('a scalar', [], 'f32', { shape: [33] }),
      moving('to nothing', [1, 3], 'f32', { shape: [0, 3] }),
      moving('in the middle', [2, 1, 4, 1, 3], 'f32', { shape: [2, 5, 4, 2, 3] }),
      moving('not at all', [2, 3], 'f32', { shape: [2, 3] }),
    ],
  },
  pad: {
    tolerances: [],
    cases: [
      ...everyDType.map((dtype) => moving('with 0', [3, 5], dtype, { before: [1, 2], after: [0, 3], value: 0 })),
      ...(['f32', 'i32', 'u32'] as const).map((dtype) =>
        moving('with 7', [3, 5], dtype, { before: [1, 2], after: [0, 3], value: 7 }),
      ),
      moving('with -∞', [2, 2, 2], 'f32', { before: [0, 1, 0], after: [1, 0, 2], value: Number.NEGATIVE_INFINITY }),
      moving('a scalar', [], 'f32', { before: [], after: [], value: 0 }),
      moving('nothing', [0, 2], 'f32', { before: [2, 0], after: [1, 1], value: 3 }),
    ],
  },
  slice: {
    tolerances: [],
    cases: [
      ...everyDType.map((dtype) => moving('', [6, 9], dtype, { start: [1, 2], end: [5, 9] })),
      moving('whole', [3, 4], 'f32', { start: [0, 0], end: [3, 4] }),
      moving('nothing', [3, 4], 'f32', { start: [1, 4], end: [3, 4] }),
      moving('one element', [3, 4, 5], 'f32', { start: [2, 3, 4], end: [3, 4, 5] }),
      moving('rows', [100, 33], 'f32', { start: [17, 0], end: [90, 33] }),
    ],
  },
  concat: {
    tolerances: [],
    cases: [
      ...everyDType.map((dtype) =>
        joined(
          [
            [2, 3],
            [2, 1],
            [2, 5],
          ],
          1,
          dtype,
        ),
      ),
      joined(
        [
          [2, 3],
          [5, 3],
        ],
        0,
      ),
      joined([[2, 3]], 0),
      joined(
        [
          [2, 0, 3],
          [2, 4, 3],
          [2, 0, 3],
        ],
        1,
      ),
      joined([[3], [4], [1000], [1]], 0),
    ],
  },
}

function moving<P>(name: string, shape: Shape, dtype: DType, parameters: P): Case<P> {
  return { name: `${dtype} ${formatShape(shape)} ${name}`, inputs: (draw) => [draw.any(shape, dtype)], parameters }
}

function permutations(): Case<Primitives['permute']>[] {
  const axes = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]
  return [
    ...axes.map((order) => moving(`as ${formatShape(order)}`, [3, 5, 7], 'f32', { axes: order })),
    moving('heads out', [2, 9, 3, 8], 'f32', { axes: [0, 2, 1, 3] }),
    moving('all about', [2, 3, 1, 4, 5], 'f32', { axes: [4, 1, 3, 0, 2] }),
    moving('large', [129, 65], 'f32', { axes: [1, 0] }),
    moving('nothing', [3, 0, 2], 'f32', { axes: [2, 0, 1] }),
    moving('a scalar', [], 'f32', { axes: [] }),
  ]
}

function joined(shapes: readonly Shape[], axis: number, dtype: DType = 'f32'): Case<Primitives['concat']> {
  return {
    name: `${dtype} ${shapes.map(formatShape).join(', ')} along ${axis}`,
    inputs: (draw) => shapes.map((shape) => draw.any(shape, dtype)),
    parameters: { axis },
  }
}
