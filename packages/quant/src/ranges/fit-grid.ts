import { type GridValues, grids } from '../schemes/affine/grid.ts'
import type { RangeRule, RangeTarget } from './range-rule.ts'

/** Lays a grid over some weights, as far as a rule says. */
export function fitGrid(weights: Float32Array, range: RangeRule, target: RangeTarget): GridValues {
  const observer = range(target)
  observer.observe(weights)
  const { low, high } = observer.range()
  return grids[target.grid].fit(low, high, target.bits)
}
