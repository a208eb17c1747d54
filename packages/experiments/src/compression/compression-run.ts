import type { CheckpointStore, Module } from '@tlc/nn'
import type { Scheme } from '@tlc/quant'
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

/** The task of a run, for steps that `checkExamples` lets through only where there is one. */
export function taskOf<Model extends Module, Batch>({
  task,
}: CompressionRun<Model, Batch>): CompressionTask<Model, Batch> {
  return task!
}
