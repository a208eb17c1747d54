import type { DType } from '../dtype.ts'
import { abs } from '../operations/elementwise.ts'
import { scatterAdd } from '../operations/indexing.ts'
import type { Primitives } from '../primitives.ts'
import { formatShape, type Shape, sizeOf } from '../shape.ts'
import type { Case, PrimitiveCases } from './case.ts'
import { everyDType } from './draw.ts'

export const indexing: PrimitiveCases<'gather' | 'scatterAdd'> = {
  gather: {
    tolerances: [],
    cases: [
      ...everyDType.map((dtype) => picking([5, 7], 0, [4], dtype)),
      picking([5, 7], 1, [2, 3]),
      picking([3, 5, 7], 1, [11]),
      picking([3, 5, 7], 2, []),
      picking([3, 5], 0, [0]),
      picking([1000, 33], 0, [257]),
    ],
  },
  scatterAdd: {
    tolerances: [
      {
        roundings: (inputs) => 4 + Math.sqrt(inputs[1]!.size),
        scale: ([updates, ids], { axis, size }) => scatterAdd(abs(updates!), ids!, { axis, size }),
        because: 'as sum, over the updates of one place',
      },
    ],
    cases: [
      ...(['f32', 'i32'] as const).flatMap((dtype) => [
        scattering([4, 7], 0, [4], 5, dtype),
        scattering([5, 2, 3], 1, [2, 3], 4, dtype),
        scattering([3, 11, 7], 1, [11], 2, dtype),
        scattering([3, 7], 2, [], 3, dtype),
        scattering([0, 5], 0, [0], 3, dtype),
        scattering([257, 33], 0, [257], 1000, dtype),
      ]),
      {
        name: 'f32 of any size',
        inputs: (draw) => [draw.normal([500, 3]), draw.integers([500], -1, 7)],
        parameters: { axis: 0, size: 7 },
      },
    ],
  },
}

/** Some ids lie outside. */
function picking(shape: Shape, axis: number, ids: Shape, dtype: DType = 'f32'): Case<Primitives['gather']> {
  return {
    name: `${dtype} ${formatShape(shape)} along ${axis} at ids ${formatShape(ids)}`,
    inputs: (draw) => [draw.any(shape, dtype), draw.integers(ids, -2, shape[axis]! + 1)],
    parameters: { axis },
  }
}

/** Whole numbers, some ids twice, some outside. */
function scattering(
  shape: Shape,
  axis: number,
  ids: Shape,
  size: number,
  dtype: DType,
): Case<Primitives['scatterAdd']> {
  return {
    name: `${dtype} ${formatShape(shape)} along ${axis} at ids ${formatShape(ids)} into ${size} of ${sizeOf(shape)} elements`,
    inputs: (draw) => [draw.integers(shape, -99, 99, dtype), draw.integers(ids, -2, size + 1)],
    parameters: { axis, size },
    exact: true,
  }
}
