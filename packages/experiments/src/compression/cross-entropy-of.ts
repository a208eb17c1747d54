import type { ForwardOptions, Module } from '@tlc/nn'
import { crossEntropy, type Tensor } from '@tlc/tensor'
import type { CompressionTask } from './compression-task.ts'

/** The mean loss of a model on a batch of its task, in nats. */
export function crossEntropyOf<Model extends Module, Batch>(
  task: CompressionTask<Model, Batch>,
  model: Model,
  batch: Batch,
  options: ForwardOptions = {},
): Tensor {
  return crossEntropy(task.logits(model, batch, options), task.targets(batch))
}
