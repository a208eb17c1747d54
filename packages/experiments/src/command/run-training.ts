import type { TaskOptions } from '../tasks/task.ts'
import type { TrainedModel } from '../tasks/training.ts'
import { printJson, runTask } from './run-task.ts'
import { sameCommand } from './same-command.ts'
import type { SharedOptions } from './shared-options.ts'
import { formatMeasures } from './task-board.ts'

/** Runs a training that Ctrl-C stops and the same command resumes, and says where the model is and how good. */
export async function runTraining(
  options: SharedOptions,
  train: (task: TaskOptions) => Promise<TrainedModel>,
): Promise<void> {
  const beginning = 'looking for the texts'
  const interrupted = `interrupted; what is done is kept. To go on:\n  ${sameCommand()}`
  const trained = await runTask({ ...options, beginning, interrupted }, train)
  if (options.json) printJson({ phase: 'done', ...trained })
  const say = options.json ? console.error : console.log
  say(`${trained.folder}: trained for ${trained.steps} steps; ${formatMeasures(trained.measures)}`)
}
