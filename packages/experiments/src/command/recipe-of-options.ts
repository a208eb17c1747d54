import type { Command } from 'commander'
import { parseRecipe } from '../compression/parse-recipe.ts'
import type { Recipe } from '../compression/recipe.ts'
import { UserError } from '../user-error.ts'

/** A recipe that a command has made of its options: what is wrong with it is wrong usage, told by the options' names. */
export function recipeOfOptions(command: Command, given: unknown): Recipe {
  try {
    return parseRecipe(given)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const [, ...problems] = error.message.split('\n')
    const named = problems.map((problem) => problem.replace(/^ *\[\d+\]\.\w+\.(\w+)/, '  --$1'))
    return command.error(`error: these options do not go together:\n${named.join('\n')}`)
  }
}
