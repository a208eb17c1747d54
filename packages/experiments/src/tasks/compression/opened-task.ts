import type { Module } from '@tlc/nn'
import type { CompressionTask } from '../../compression/compression-task.ts'
import type { Measures } from '../task.ts'

/** What a recipe learns from and is judged by. */
export interface TaskData {
  /** a data set's name, or the path of a file */
  readonly data: string
  /** the first so many training texts; all by default */
  readonly examples?: number | undefined
  /** sequences at most of a text that is too long to classify at once; 1 by default */
  readonly windows?: number | undefined
  /** the first so many texts, or sequences, to judge by; all texts, and 256 sequences, by default */
  readonly judged?: number | undefined
  /** sequences to look at, where a step does; 128 by default */
  readonly calibration?: number | undefined
}

/** The task of a model, its data open: to be disposed. */
export interface OpenedTask<Model extends Module, Batch> extends Disposable {
  readonly task: CompressionTask<Model, Batch>
  /** pins the texts: a hash */
  readonly fingerprint: string
  /** how good the model is, on texts that no recipe learns from */
  judge(model: Model): Promise<Measures>
}
