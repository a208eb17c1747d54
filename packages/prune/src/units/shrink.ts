import {
  countParameters,
  type Module,
  namedParameters,
  type Parameter,
  placesOf,
  type UnitGroup,
  type UnitKind,
  unitGroups,
} from '@tlc/nn'
import { type Shape, sizeOf } from '@tlc/tensor'
import { type Mask, maskOf, removeMask, setMask } from '../mask.ts'
import { prunedUnits } from './pruned-units.ts'
import { allUnits } from './unit-entries.ts'

/** What `shrink` took out. */
export interface ShrinkReport {
  /** by kind, and by the names that groups had: the units that went, by their numbers before */
  readonly removed: ReadonlyMap<UnitKind, ReadonlyMap<string, readonly number[]>>
  /** elements of all parameters */
  readonly parametersBefore: number
  readonly parametersAfter: number
}

/** Layers first: what is in them need not be cut. */
const kinds: readonly UnitKind[] = ['layer', 'head', 'neuron', 'hidden']

/**
 * Takes out of a model the units that do nothing (see `pruneUnits` and `maskUnits`): its tensors become smaller, and its
 * outputs stay what they were under the masks, up to rounding. Masks on what is left stay, cut to size, unless nothing is
 * pruned by them any more. Parameters are the same objects, so ties hold; their old tensors are freed, and optimizers over
 * them have to be made anew.
 *
 * @throws TypeError if layers that could be cut have been replaced, as by quantized ones: shrink before that
 * @throws RangeError if every layer of an encoder or decoder is left out; then, as after any error, nothing is changed
 */
export function shrink(model: Module): ShrinkReport {
  const parametersBefore = countParameters(model)
  checkGroups(model)
  const removed = kinds.map((kind) => [kind, removeKind(model, kind)] as const)
  return { removed: new Map(removed), parametersBefore, parametersAfter: countParameters(model) }
}

function checkGroups(model: Module): void {
  for (const { name, count, skipped } of kinds.flatMap((kind) => unitGroups(model, kind))) {
    if (skipped && skipped.size >= count)
      throw new RangeError(`shrink: all ${count} layers of '${name}' are left out, expected one at least to stay`)
  }
}

function removeKind(model: Module, kind: UnitKind): Map<string, readonly number[]> {
  const removed = new Map<string, readonly number[]>()
  const before = [...namedParameters(model).values()]
  for (const group of unitGroups(model, kind)) {
    const pruned = new Set(prunedUnits(group))
    // Where masks leave nothing at all, one unit stays, under its mask.
    if (pruned.size === group.count && !group.skipped) pruned.delete(0)
    if (pruned.size === 0) continue
    keepWithMasks(
      group,
      allUnits(group.count).filter((unit) => !pruned.has(unit)),
    )
    removed.set(group.name, [...pruned])
  }
  const left = new Set(namedParameters(model).values())
  for (const parameter of before) if (!left.has(parameter)) removeMask(parameter)
  return removed
}

/** Masks are on the parameters before and after; in between the shapes change. */
function keepWithMasks(group: UnitGroup, units: readonly number[]): void {
  const masks = new Map<Parameter, ShapedMask>()
  for (const slice of group.slices) {
    const { parameter, axis } = slice
    const mask = masks.get(parameter) ?? { mask: maskOf(parameter), shape: parameter.stored.shape }
    masks.set(parameter, cutMask(mask, axis, placesOf(slice, units)))
  }
  for (const parameter of masks.keys()) removeMask(parameter)
  group.keep(units)
  group.skipped?.clear()
  for (const [parameter, { mask }] of masks) if (mask?.includes(0)) setMask(parameter, mask)
}

interface ShapedMask {
  readonly mask: Mask | undefined
  readonly shape: Shape
}

/** The entries at some places along an axis. */
function cutMask({ mask, shape }: ShapedMask, axis: number, places: readonly number[]): ShapedMask {
  const cut = shape.with(axis, places.length)
  if (!mask) return { mask, shape: cut }
  const after = sizeOf(shape.slice(axis + 1))
  const rows = sizeOf(shape.slice(0, axis))
  const left = new Uint8Array(sizeOf(cut))
  let next = 0
  for (let row = 0; row < rows; row++) {
    for (const place of places) {
      const start = (row * shape[axis]! + place) * after
      left.set(mask.subarray(start, start + after), next)
      next += after
    }
  }
  return { mask: left, shape: cut }
}
