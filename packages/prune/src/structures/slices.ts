import { normalizeAxis, type Shape } from '@tlc/tensor'
import { lnNorm, type Norm } from './norm.ts'
import type { Structure } from './structure.ts'
import { pruneTogether } from './units.ts'

export interface NormOptions {
  /** of the scores in a unit; `lnNorm(1)` by default */
  readonly norm?: Norm
}

export interface SlicesOptions extends NormOptions {
  /** along which a weight is cut; negative from the end */
  readonly axis: number
}

/**
 * Prunes whole slices of weights: all entries with the same index along an axis. Of k slices in one weight,
 * round(sparsity · k), halves to even.
 *
 * @throws ShapeError, when applied, if a weight does not have the axis
 */
export function slices({ axis, norm = lnNorm(1) }: SlicesOptions): Structure {
  return (weights, sparsity) => {
    let count = 0
    const of = weights.map(({ shape }) => {
      const at = normalizeAxis(axis, shape.length, 'slices')
      const first = count
      count += shape[at]!
      return sliceOf(shape, at, (slice) => first + slice)
    })
    return pruneTogether(weights, { count, of }, sparsity, norm)
  }
}

/** Slices of the first axis: the outputs of a layer. */
export function rows(options: NormOptions = {}): Structure {
  return slices({ axis: 0, ...options })
}

/** Slices of the last axis: the inputs of a layer. */
export function columns(options: NormOptions = {}): Structure {
  return slices({ axis: -1, ...options })
}

/** For each entry, row-major, a number made of its index along an axis. */
function sliceOf(shape: Shape, axis: number, number: (index: number) => number): Int32Array {
  const size = shape.reduce((product, length) => product * length, 1)
  const inner = shape.slice(axis + 1).reduce((product, length) => product * length, 1)
  const length = shape[axis]!
  return Int32Array.from({ length: size }, (_, entry) => number(Math.floor(entry / inner) % length))
}
