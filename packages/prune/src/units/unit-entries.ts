import type { UnitSlice } from '@tlc/nn'
import { sizeOf } from '@tlc/tensor'

/**
 * Visits what belongs to each unit of a slice: runs of entries `start … start + length - 1` of the parameter, row-major.
 * A unit has as many runs as there are places before the slice's axis.
 */
export function forEachRun(
  { parameter, axis, unitSize }: UnitSlice,
  visit: (unit: number, start: number, length: number) => void,
): void {
  const { shape } = parameter.stored
  const before = sizeOf(shape.slice(0, axis))
  const length = unitSize * sizeOf(shape.slice(axis + 1))
  const count = shape[axis]! / unitSize
  for (let outer = 0; outer < before; outer++) {
    for (let unit = 0; unit < count; unit++) visit(unit, (outer * count + unit) * length, length)
  }
}
