import { parseRecipe } from '../compression/parse-recipe.ts'
import { compressBy } from './compress-run.ts'
import type { QuantizeCommandOptions } from './quantize.ts'

/** Quantizes a model by a recipe of one step. */
export async function runQuantize(given: QuantizeCommandOptions): Promise<void> {
  const { scheme, bits, granularity, grid, rounding, embeddings, seed, entropy } = given
  const recipe = parseRecipe([
    { quantize: { scheme, bits, granularity, grid, rounding, embeddings, seed } },
    { encode: { entropy: entropy ? 'huffman' : 'none' } },
  ])
  await compressBy(recipe, given)
}
