import { type Budget, uniformBudget } from './budget.ts'
import { matrixOf } from './matrix.ts'
import type { Scored, Structure } from './structure.ts'

/**
 * What is ranked together. `global`: all weights, so that some end sparser than others; `perMatrix`: each weight by
 * itself (called uniform, local or layer-wise elsewhere); `perRow`: each row of each, what one output is made of.
 */
export type RankingScope = 'global' | 'perMatrix' | 'perRow'

const scopes: { readonly [S in RankingScope]: (structure: Structure, budget: Budget) => Structure } = {
  global: (structure) => structure,
  perMatrix,
  perRow: (structure, budget) => perMatrix(perRow(structure), budget),
}

/**
 * A structure that sees at a time only what the scope ranks together.
 *
 * @param budget divides the sparsity over weights; evenly by default
 * @throws RangeError if a budget is given for the scope global, where the ranking divides it; when applied, if the budget
 *   leaves a weight out
 */
export function within(scope: RankingScope, structure: Structure, budget?: Budget): Structure {
  if (budget && scope === 'global') {
    throw new RangeError(
      "a budget divides the sparsity over weights, and so does the scope 'global'; give the scope 'perMatrix' or 'perRow', or no budget",
    )
  }
  return scopes[scope](structure, budget ?? uniformBudget)
}

function perMatrix(structure: Structure, budget: Budget): Structure {
  return (weights, sparsity) => {
    const shares = budget(weights, sparsity)
    return weights.map((weight) => {
      const share = shares.get(weight.name)
      if (share === undefined)
        throw new RangeError(`the budget has no share for '${weight.name}'; it must have one for each weight`)
      return structure([weight], share)[0]!
    })
  }
}

function perRow(structure: Structure): Structure {
  return (weights, sparsity) =>
    weights.map((weight) => {
      const mask = weight.kept.slice()
      const [rows, columns] = matrixOf(weight.shape)
      for (let row = 0; row < rows; row++) {
        mask.set(structure([rowOf(weight, row * columns, columns)], sparsity)[0]!, row * columns)
      }
      return mask
    })
}

function rowOf({ name, scores, kept }: Scored, from: number, length: number): Scored {
  return {
    name,
    shape: [length],
    scores: scores.subarray(from, from + length),
    kept: kept.subarray(from, from + length),
  }
}
