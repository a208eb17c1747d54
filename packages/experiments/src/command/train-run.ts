import { loadTokenizerFrom } from '../tasks/load-model.ts'
import { modelShape, type ShapeOptions } from '../tasks/model-shape.ts'
import { trainMaskedLM } from '../tasks/train-masked-lm.ts'
import type { TrainedModel } from '../tasks/training.ts'
import { printJson, runTask } from './run-task.ts'
import { sameCommand } from './same-command.ts'
import { formatMeasures } from './task-board.ts'
import { type GivenRecipe, recipeOf } from './training-options.ts'

/** The options of `tlc train`, as they were given. */
export interface TrainTaskOptions extends GivenRecipe, ShapeOptions {
  readonly vocabularySize: number
  readonly tokenizer?: string
  readonly coolDown: number
  readonly evaluationSequences: number
}

const usualMinutes = 10

/** Trains a model, and says where it is and how good. */
export async function runTrain(given: TrainTaskOptions): Promise<void> {
  const { vocabularySize, coolDown, evaluationSequences, steps } = given
  const shape = modelShape(given)
  const tokenizer = given.tokenizer === undefined ? undefined : await loadTokenizerFrom(given.tokenizer)
  const recipe = recipeOf({ ...given, ...(steps === undefined && { minutes: given.minutes ?? usualMinutes }) })
  const options = { ...recipe, shape, tokenizer, vocabularySize, coolDown, evaluationSequences }
  const beginning = 'looking for the texts'
  const trained = await runTask({ ...given, beginning, interrupted: interruptedRemark() }, (task) =>
    trainMaskedLM(options, task),
  )
  tellTrained(trained, given.json)
}

/** What is told at Ctrl-C. */
export function interruptedRemark(): string {
  return `interrupted; what is done is kept. To go on:\n  ${sameCommand()}`
}

/** Where the model is, and how good. */
export function tellTrained(trained: TrainedModel, json: boolean | undefined): void {
  if (json) printJson({ phase: 'done', ...trained })
  const say = json ? console.error : console.log
  say(`${trained.folder}: trained for ${trained.steps} steps; ${formatMeasures(trained.measures)}`)
}
