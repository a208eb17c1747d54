import { parseRecipe } from '../compression/parse-recipe.ts'
import { compressBy } from './compress-run.ts'
import type { PruneCommandOptions } from './prune.ts'

/** Prunes a model by a recipe of one step. */
export async function runPrune(given: PruneCommandOptions): Promise<void> {
  const { sparsity, criterion, structure, scope, seed } = given
  await compressBy(parseRecipe([{ prune: { sparsity, criterion, structure, scope, seed } }]), given)
}
