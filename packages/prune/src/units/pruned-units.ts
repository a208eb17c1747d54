import { type Module, type Parameter, type UnitGroup, type UnitKind, unitGroups } from '@tlc/nn'
import { type Mask, maskOf, setMask } from '../mask.ts'
import { allUnits, forEachRun } from './unit-entries.ts'

/** The units of a group that do nothing: those of which masks prune every entry, or that the model leaves out when it runs. */
export function prunedUnits({ count, slices, skipped }: UnitGroup): number[] {
  if (skipped) return [...skipped].filter((unit) => unit < count).sort((a, b) => a - b)
  const alive = new Uint8Array(count)
  for (const slice of slices) {
    const kept = maskOf(slice.parameter)
    if (!kept) return []
    forEachRun(slice, (unit, start, length) => {
      for (let index = start; index < start + length && alive[unit] === 0; index++) alive[unit] = kept[index]!
    })
  }
  return allUnits(count).filter((unit) => alive[unit] === 0)
}

/**
 * Prunes units by masks on all that goes with them, beside the masks that there are, so that the model computes what it
 * would without them; `shrink` then takes them out. Layers are left out when the model runs.
 *
 * @param units which, by the names of their groups; all others stay as they are
 * @throws RangeError if the model has no such group, or a group no such unit; then nothing is changed
 */
export function maskUnits(model: Module, kind: UnitKind, units: ReadonlyMap<string, readonly number[]>): void {
  const groups = new Map(unitGroups(model, kind).map((group) => [group.name, group]))
  for (const [name, pruned] of units) {
    const group = groups.get(name)
    const names = [...groups.keys()].join(', ') || 'none'
    if (!group) throw new RangeError(`maskUnits: there is no group '${name}' of ${kind} units; there are ${names}`)
    const wrong = pruned.find((unit) => !(Number.isInteger(unit) && unit >= 0 && unit < group.count))
    if (wrong !== undefined) throw new RangeError(`maskUnits: '${name}' has units 0 … ${group.count - 1}, got ${wrong}`)
  }
  const masks = new Map<Parameter, Mask>()
  for (const [name, pruned] of units) {
    const { slices, skipped } = groups.get(name)!
    const gone = new Set(pruned)
    for (const unit of skipped ? gone : []) skipped!.add(unit)
    for (const slice of gone.size > 0 ? slices : []) {
      const { parameter } = slice
      const mask = masks.get(parameter) ?? maskOf(parameter) ?? new Uint8Array(parameter.stored.size).fill(1)
      masks.set(parameter, mask)
      forEachRun(slice, (_, start, length) => mask.fill(0, start, start + length), [...gone])
    }
  }
  for (const [parameter, mask] of masks) setMask(parameter, mask)
}
