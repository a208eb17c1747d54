import { normalizeAxis } from '@tlc/tensor'
import { lnNorm } from './norm.ts'
import { type NormOptions, sliceOf } from './slices.ts'
import type { Scored, Structure } from './structure.ts'
import { pruneUnits } from './units.ts'

/** Units that reach over several weights, like the heads of an attention: unit i is the i-th part of each. */
export interface UnitFamily {
  /** heads, or neurons: each axis below is cut into so many equal parts */
  readonly count: number
  /** the weights, by name, and the axis along which each holds the units */
  readonly slices: readonly { readonly name: string; readonly axis: number }[]
}

/**
 * Prunes whole units that reach over several weights, scored together: heads are rows of query, key and value and columns
 * of the output, neurons rows of one layer and columns of the next. It needs all its weights at once, so the scope
 * `global`. Weights in no family are left as they are, though their entries count for the share: prune those of the families
 * alone.
 *
 * ```ts
 * const heads: UnitFamily = {
 *   count: 4,
 *   slices: [
 *     { name: 'query.weight', axis: 0 },
 *     { name: 'key.weight', axis: 0 },
 *     { name: 'value.weight', axis: 0 },
 *     { name: 'output.weight', axis: 1 },
 *   ],
 * }
 * await pruneToSparsity(parameters, 0.5, { structure: groups([heads]) })
 * ```
 *
 * @throws RangeError, when applied, if a weight is missing, is named twice, or its axis does not divide into so many parts
 */
export function groups(families: readonly UnitFamily[], { norm = lnNorm(1) }: NormOptions = {}): Structure {
  return (weights, sparsity) => {
    const of: Int32Array[] = weights.map(({ kept }) => new Int32Array(kept.length).fill(-1))
    let count = 0
    for (const family of families) {
      for (const { name, axis } of family.slices) {
        const which = weights.findIndex((weight) => weight.name === name)
        if (which < 0) throw new RangeError(missing(name, weights))
        if (of[which]!.some((unit) => unit >= 0))
          throw new RangeError(`groups: '${name}' is named twice; each weight belongs to one family, by one axis`)
        of[which] = parts(weights[which]!, axis, family.count, count)
      }
      count += family.count
    }
    return pruneUnits(weights, { count, of }, sparsity, norm)
  }
}

function parts({ name, shape }: Scored, axis: number, count: number, first: number): Int32Array {
  const at = normalizeAxis(axis, shape.length, 'groups')
  const length = shape[at]! / count
  if (!Number.isInteger(length))
    throw new RangeError(`groups: axis ${axis} of '${name}' [${shape}] does not divide into ${count} units`)
  return sliceOf(shape, at, (index) => first + Math.floor(index / length))
}

function missing(name: string, weights: readonly Scored[]): string {
  return (
    `groups: there is no '${name}' among the weights pruned together, ${weights.map((each) => each.name).join(', ')}; ` +
    "give all weights of the families, and the scope 'global'"
  )
}
