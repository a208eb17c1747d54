import { ShapeError } from '../errors.ts'
import { add, sqrt, square } from '../operations/elementwise.ts'
import { sum } from '../operations/reduction.ts'
import type { NoParameters } from '../primitives.ts'
import { checkDType } from '../rules.ts'
import type { Composite } from './composite.ts'

/** √(Σ x²) over all elements of all inputs together: a scalar. */
export const globalNorm: Composite<NoParameters> = {
  name: 'globalNorm',
  outputs(inputs) {
    if (inputs.length === 0) throw new ShapeError('globalNorm: needs one tensor at least, got none')
    for (const x of inputs) checkDType('globalNorm', x, ['f32'])
    return [{ shape: [], dtype: 'f32' }]
  },
  formula: (inputs) => [sqrt(inputs.map((x) => sum(square(x))).reduce(add))],
}
