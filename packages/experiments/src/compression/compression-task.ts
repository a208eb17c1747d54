import type { ForwardOptions, Module } from '@tlc/nn'
import type { Tensor } from '@tlc/tensor'
import type { FinetuneSettings } from './recipe.ts'

/** What a model is for, as far as a recipe must know: how to learn, what to look at, how to judge. */
export interface CompressionTask<Model extends Module, Batch> {
  /** Scores of the classes, `[examples, classes]`; a key means training. */
  logits(model: Model, batch: Batch, options: ForwardOptions): Tensor
  /** i32 `[examples]`: the class of each */
  targets(batch: Batch): Tensor
  /** How many texts a batch has: the first dimension of what flows through the layers; that of `targets` by default. */
  examples?(batch: Batch): number
  /** What step `step` of a fine-tuning learns from: the same step, the same examples. */
  trainingBatch(step: number, settings: FinetuneSettings): readonly Batch[]
  /** Examples of what the model is given, for criteria and roundings that look at data. Each call gives the same. */
  calibration(): Iterable<Batch>
  /** The model before any compression, to distill from. */
  teacher?(): Promise<Model>
}
