import type { CheckpointStore, Module } from '@tlc/nn'
import type { Scheme } from '@tlc/quant'
import { UserError } from '../user-error.ts'
import type { CompressionTask } from './compression-task.ts'
import type { CompressionProgress } from './progress.ts'

/** A recipe under way: what its steps read and write. */
export interface CompressionRun<Model extends Module, Batch> {
  readonly model: Model
  readonly task: CompressionTask<Model, Batch> | undefined
  /** how each parameter is to be written, by name; those without are left in f32 */
  readonly schemes: Map<string, Scheme>
  /** how numbers lie in the file */
  readonly layout: { huffman: boolean }
  /** of the training at this step of the recipe */
  readonly checkpoints: CheckpointStore | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: CompressionProgress) => void
}

/**
 * The task of a run.
 *
 * @param what needs it, for the error
 * @throws UserError if there is none
 */
export function taskOf<Model extends Module, Batch>(
  { task }: CompressionRun<Model, Batch>,
  what: string,
): CompressionTask<Model, Batch> {
  if (task) return task
  throw new UserError(`${what} looks at examples, and none were given; give the data of the model's task`)
}
