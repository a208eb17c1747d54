import type { Command } from 'commander'
import { compressBy } from './compress-run.ts'
import type { QuantizeCommandOptions } from './quantize.ts'
import { recipeOfOptions } from './recipe-of-options.ts'

/** Quantizes a model by a recipe of one step. */
export async function runQuantize(given: QuantizeCommandOptions, command: Command): Promise<void> {
  const { scheme, bits, granularity, grid, rounding, embeddings, seed, entropy } = given
  const recipe = recipeOfOptions(command, [
    { quantize: { scheme, bits, granularity, grid, rounding, embeddings, seed } },
    { encode: { entropy: entropy ? 'huffman' : 'none' } },
  ])
  await compressBy(recipe, given)
}
