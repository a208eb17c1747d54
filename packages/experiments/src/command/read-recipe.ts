import { parseRecipe } from '../compression/parse-recipe.ts'
import type { Recipe } from '../compression/recipe.ts'
import { readJson } from '../read-json.ts'
import { UserError } from '../user-error.ts'

/**
 * The recipe of a file.
 *
 * @param seed of the steps that do not say theirs
 * @throws UserError if it cannot be read or followed
 */
export async function readRecipe(path: string, seed: number): Promise<Recipe> {
  return recipeOf(path, await readJson(path, 'a recipe (tlc compress --help shows one)'), seed)
}

/**
 * Recipes by name, of a file.
 *
 * @param seed of the steps that do not say theirs
 * @throws UserError if it cannot be read, or one of them cannot be followed
 */
export async function readRecipes(path: string, seed: number): Promise<Map<string, Recipe>> {
  const given = await readJson(path, 'recipes by name (tlc sweep --help shows some)')
  if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.keys(given).length === 0)
    throw new UserError(
      `${path}: expected an object of recipes by name, such as { "8 bits": [{ "quantize": { "bits": 8 } }] }`,
    )
  return new Map(Object.entries(given).map(([name, recipe]) => [name, recipeOf(`${path}, '${name}'`, recipe, seed)]))
}

/** @param where it stands, for the error */
function recipeOf(where: string, given: unknown, seed: number): Recipe {
  try {
    return parseRecipe(given, seed)
  } catch (cause) {
    throw new UserError(`${where}: ${(cause as Error).message}`, { cause })
  }
}
