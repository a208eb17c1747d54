import type { UnitSlice } from '@tlc/nn'
import { sizeOf } from '@tlc/tensor'

/**
 * Visits what belongs to each unit of a slice: runs of entries `start … start + length - 1` of the parameter, row-major.
 * A unit has as many runs as there are places before the slice's axis.
 *
 * @param units which; all by default
 */
export function forEachRun(
  { parameter, axis, unitSize }: UnitSlice,
  visit: (unit: number, start: number, length: number) => void,
  units?: readonly number[],
): void {
  const { shape } = parameter.stored
  const before = sizeOf(shape.slice(0, axis))
  const length = unitSize * sizeOf(shape.slice(axis + 1))
  const count = shape[axis]! / unitSize
  const visited = units ?? allUnits(count)
  for (let outer = 0; outer < before; outer++) {
    for (const unit of visited) visit(unit, (outer * count + unit) * length, length)
  }
}

/** 0 … count - 1 */
export function allUnits(count: number): number[] {
  return Array.from({ length: count }, (_, unit) => unit)
}
