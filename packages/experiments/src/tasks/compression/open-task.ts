import { type PretrainedModel, RobertaForMaskedLM, RobertaForSequenceClassification } from '@tlc/transformer'
import { UserError } from '../../user-error.ts'
import type { LoadedModel } from '../load-model.ts'
import type { TaskOptions } from '../task.ts'
import { openClassificationTask } from './classification-task.ts'
import { openMaskedTask } from './masked-lm-task.ts'
import type { OpenedTask, TaskData } from './opened-task.ts'

/** The task of some model. */
export type AnyTask = OpenedTask<PretrainedModel, unknown>

/**
 * The task of a model, by its class.
 *
 * @param folder of the model, from which a teacher can be read
 * @throws UserError for a model of another kind, and for data that does not fit the model
 */
export async function openTask(
  folder: string,
  { model, tokenizer }: LoadedModel,
  data: TaskData,
  task: TaskOptions,
): Promise<AnyTask> {
  if (model instanceof RobertaForSequenceClassification)
    return (await openClassificationTask(folder, { model, tokenizer }, data, task)) as unknown as AnyTask
  if (model instanceof RobertaForMaskedLM)
    return (await openMaskedTask(folder, { model, tokenizer }, data, task)) as unknown as AnyTask
  throw new UserError(
    `a ${model.constructor.name} learns and is judged by other means; leave out the data, and steps that need it`,
  )
}
