import { UserError } from '../user-error.ts'
import type { CriterionName, Recipe, Step } from './recipe.ts'

const blindCriteria: readonly CriterionName[] = ['magnitude', 'random']

/** What in a step looks at examples, in words; undefined if nothing does. */
function needsExamples(step: Step): string | undefined {
  if ('finetune' in step) return 'fine-tuning'
  if ('quantize' in step) return step.quantize.rounding === 'gptq' ? 'GPTQ' : undefined
  if (!('prune' in step) || blindCriteria.includes(step.prune.criterion)) return undefined
  return `pruning by ${step.prune.criterion}`
}

/**
 * Refuses, before anything is done, a recipe that looks at examples where there are none.
 *
 * @throws UserError naming what needs them
 */
export function checkExamples(recipe: Recipe, hasExamples: boolean): void {
  const what = recipe.map(needsExamples).find((each) => each !== undefined)
  if (what === undefined || hasExamples) return
  throw new UserError(`${what} looks at examples, and none were given; give the data of the model's task`)
}
