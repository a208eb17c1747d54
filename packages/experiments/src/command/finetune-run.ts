import { finetune } from '../tasks/finetune.ts'
import type { FinetuneCommandOptions } from './finetune.ts'
import { finetuneDefaults } from './recipe-defaults.ts'
import { runTraining } from './run-training.ts'
import { recipeOf } from './training-options.ts'

/** Fine-tunes a model, and says where it is and how good. */
export async function runFinetune(given: FinetuneCommandOptions): Promise<void> {
  const { model, length, epochs, examples, windows, pooling } = given
  const options = { ...recipeOf(given, finetuneDefaults), model, length, epochs, examples, windows, pooling }
  await runTraining(given, (task) => finetune(options, task))
}
