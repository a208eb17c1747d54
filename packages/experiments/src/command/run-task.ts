import { useBackend } from '@tlc/tensor'
import { openTaskBackend } from '../tasks/open-task-backend.ts'
import type { TaskOptions } from '../tasks/task.ts'
import { interruption } from './interrupted.ts'
import { progressDisplay } from './progress-display.ts'
import type { SharedOptions } from './shared-options.ts'
import { TaskBoard } from './task-board.ts'

export interface RunTaskOptions extends SharedOptions {
  /** what to say before there is progress; without it there will be none */
  readonly beginning?: string
  /** what to tell at Ctrl-C; without it there is nothing to save, and the process just ends */
  readonly interrupted?: string
}

/** Runs a task on a backend of its own, and shows how far it is. */
export async function runTask<Result>(
  options: RunTaskOptions,
  task: (given: TaskOptions) => Promise<Result>,
): Promise<Result> {
  const { json, beginning, interrupted } = options
  using stopping = interrupted === undefined ? undefined : interruption(`\n${interrupted}`)
  const display = beginning === undefined ? undefined : progressDisplay(process.stderr, new TaskBoard(beginning))
  const backend = await openTaskBackend(options)
  try {
    useBackend(backend)
    return await task({
      signal: stopping?.signal,
      onProgress(progress) {
        if (json) printJson(progress)
        display?.hear(progress)
      },
    })
  } catch (error) {
    if (json) printJson({ phase: 'failed', message: (error as Error).message.trim() })
    throw error
  } finally {
    display?.end()
    await backend.close()
  }
}

/** A line for programs. */
export function printJson(value: object): void {
  console.log(JSON.stringify(value))
}
