import type { Kernel, Kernels } from '../backend.ts'
import type { ReductionParameters } from '../primitives.ts'
import { elements } from './memory.ts'
import { broadcastIndices } from './walk.ts'

/** Folds each group of elements into a float64 and stores it once. */
function reduce(start: number, fold: (total: number, x: number) => number): Kernel<ReductionParameters> {
  return ([x], { axes }, [y]) => {
    const input = elements(x!)
    const output = elements(y!)
    const kept = x!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
    const totals = new Float64Array(output.length).fill(start)
    let i = 0
    for (const o of broadcastIndices(kept, x!.shape)) totals[o] = fold(totals[o]!, input[i++]!)
    output.set(totals)
  }
}

export const reduction: Pick<Kernels, 'sum' | 'maxOver'> = {
  sum: reduce(0, (total, x) => total + x),
  maxOver: reduce(Number.NEGATIVE_INFINITY, Math.max),
}
