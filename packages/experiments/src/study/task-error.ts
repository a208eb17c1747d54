import { NonFiniteLossError } from '@tlc/nn'
import { CheckpointError } from '@tlc/nn/node'
import { UserError } from '../user-error.ts'
import type { Task } from './tasks.ts'

/** A failure of a task, as an error for the user where the user can put it right: which task it was, and what to do. */
export function taskError(error: unknown, { kind, model }: Task, directory: string): unknown {
  const name = `${kind} of ${model.name}`
  if (error instanceof NonFiniteLossError) {
    return new UserError(
      `${name}: ${error.finding}, expected a finite number. Give the study a lower ` +
        `${fields[kind]} (tlc study new FILE writes a preset to edit). The last good checkpoint is kept in ${directory}`,
      { cause: error },
    )
  }
  if (error instanceof CheckpointError) return new UserError(`${name}: ${error.message}`, { cause: error })
  return error
}

const fields: { readonly [K in Task['kind']]: string } = {
  pretrain: 'pretraining.learningRate',
  finetune: 'finetuning.learningRate',
  compress: 'pruning.learningRate',
}
