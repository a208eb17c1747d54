import { type Module, namedModules } from './module.ts'
import type { Parameter } from './parameter.ts'
import { cutSlice, unitCount } from './unit-slices.ts'

/**
 * What can be cut from a model so that it becomes smaller: attention heads, neurons of feed-forward networks, features of
 * the hidden states that run through all layers, or whole layers.
 */
export type UnitKind = 'head' | 'neuron' | 'hidden' | 'layer'

/** Where units lie in a parameter: unit u is the places u · unitSize … (u + 1) · unitSize - 1 of an axis. */
export interface UnitSlice {
  readonly parameter: Parameter
  readonly axis: number
  readonly unitSize: number
}

/** What a module says of its units of one kind. */
export interface Units {
  /** everything that goes when a unit goes: what makes it and what reads it */
  readonly slices: readonly UnitSlice[]
  /** how many there are, where no slice tells */
  readonly count?: number
  /** The module's own set of units that it leaves out when it runs. For units that are not slices: layers. */
  readonly skipped?: Set<number>
  /** Told which units are left, in ascending order, after the others were cut from the slices. */
  readonly kept?: (units: readonly number[]) => void
}

/** Units of which some can be cut while the others stay as they are. */
export interface UnitGroup {
  /** the path of the module that declares them; 'hidden' for features, which belong to the whole model */
  readonly name: string
  readonly kind: UnitKind
  readonly count: number
  readonly slices: readonly UnitSlice[]
  /** Units that are left out when the model runs: the module's own set, to be changed. Absent where slices are masked. */
  readonly skipped?: Set<number>
  /**
   * Makes the model smaller: only these units are left, in this order. Parameters stay the same objects with smaller
   * `stored` tensors; the old ones are freed, so that an optimizer over them has to be made anew.
   *
   * @throws RangeError unless they are one or more of the group's units in ascending order; then nothing has changed
   */
  keep(units: readonly number[]): void
}

/**
 * The units of a kind, as the modules in the tree declare them by their method `units`. A module that sits in several
 * places comes once, under the first. What modules say of hidden features is one group: a feature runs through all of them.
 *
 * @throws TypeError if a layer of another kind has taken the place of one that would be cut, like a quantized one
 * @throws Error if parts of the hidden states differ in size, as in a model of two encoders: cut each by itself
 */
export function unitGroups(root: Module, kind: UnitKind): UnitGroup[] {
  const declared: { readonly name: string; readonly units: Units }[] = []
  const seen = new Set<Module>()
  for (const [name, module] of namedModules(root)) {
    if (seen.has(module)) continue
    seen.add(module)
    const units = module.units?.(kind)
    if (units) declared.push({ name, units })
  }
  if (kind !== 'hidden') return declared.map(({ name, units }) => makeGroup(name, kind, [units]))
  const parts = declared.map(({ units }) => units)
  return parts.length > 0 ? [makeGroup('hidden', kind, parts)] : []
}

function makeGroup(name: string, kind: UnitKind, parts: readonly Units[]): UnitGroup {
  const slices = distinctSlices(parts.flatMap((part) => part.slices))
  const counts = new Set([...slices.map(unitCount), ...parts.flatMap(({ count }) => count ?? [])])
  if (counts.size !== 1) {
    throw new Error(
      `unitGroups: the parameters of '${name}' have ${[...counts].join(' and ')} units, expected one number; ` +
        'if there are several models in this one, cut each by itself',
    )
  }
  const count = [...counts][0]!
  const skipped = parts.find((part) => part.skipped)?.skipped
  return {
    name,
    kind,
    count,
    slices,
    ...(skipped && { skipped }),
    keep(units) {
      checkUnits(units, count, name)
      if (units.length === count) return
      for (const slice of slices) cutSlice(slice, units)
      for (const part of parts) part.kept?.(units)
    },
  }
}

/** A tied parameter is declared in each of its places, and cut once. */
function distinctSlices(slices: readonly UnitSlice[]): UnitSlice[] {
  return slices.filter(
    ({ parameter, axis }, index) =>
      slices.findIndex((other) => other.parameter === parameter && other.axis === axis) === index,
  )
}

function checkUnits(units: readonly number[], count: number, name: string): void {
  const inOrder = units.every(
    (unit, index) => Number.isInteger(unit) && unit < count && unit > (index === 0 ? -1 : units[index - 1]!),
  )
  if (units.length > 0 && inOrder) return
  throw new RangeError(
    `keep: units of '${name}' must be one or more of 0 … ${count - 1} in ascending order, got [${units.join(', ')}]`,
  )
}
