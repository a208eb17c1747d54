import type { Command } from 'commander'
import { compressBy } from './compress-run.ts'
import type { PruneCommandOptions } from './prune.ts'
import { recipeOfOptions } from './recipe-of-options.ts'

/** Prunes a model by a recipe of one step. */
export async function runPrune(given: PruneCommandOptions, command: Command): Promise<void> {
  const { sparsity, criterion, structure, scope, seed } = given
  await compressBy(recipeOfOptions(command, [{ prune: { sparsity, criterion, structure, scope, seed } }]), given)
}
