import type { StepName } from '../compression/recipe.ts'
import type { DataProgress, DatasetOptions } from '../data/index.ts'

/** What was measured, by name: plain numbers. */
export type Measures = Readonly<Record<string, number>>

/** What a task is at. */
export type TaskProgress =
  | { readonly phase: 'data'; readonly data: DataProgress }
  /** A step of a recipe begins. */
  | { readonly phase: 'recipe'; readonly step: StepName; readonly index: number; readonly of: number }
  /** The time of a training step is being taken. */
  | { readonly phase: 'measuring' }
  | {
      readonly phase: 'training'
      /** steps that are done */
      readonly step: number
      readonly steps: number
      /** of this step, in nats */
      readonly loss: number
      readonly learningRate: number
      /** tokens of the texts, by the pace of the last seconds; null until there is one */
      readonly tokensPerSecond: number | null
      readonly secondsLeft: number | null
    }
  | { readonly phase: 'evaluated'; readonly step: number; readonly measures: Measures }
  /** Something done so far, of all that there is. */
  | { readonly phase: 'working'; readonly what: string; readonly done: number; readonly of: number }
  /** Something that the user should know, and that is no failure. */
  | { readonly phase: 'note'; readonly message: string }

/** What every task takes beside its own options. It computes on the backend that is in use. */
export interface TaskOptions {
  /** where fetched and derived data is kept; the user's cache directory, or `TLC_CACHE`, by default */
  readonly cacheDirectory?: string | undefined
  readonly onProgress?: ((progress: TaskProgress) => void) | undefined
  /** ends the task when aborted; a training saves before */
  readonly signal?: AbortSignal | undefined
}

/** The options of a task for reading data: how far that is, is progress of the task, and between two steps of it the task can end. */
export function dataOptions({ cacheDirectory, onProgress, signal }: TaskOptions): DatasetOptions {
  return {
    ...(cacheDirectory !== undefined && { cacheDirectory }),
    onProgress(data) {
      signal?.throwIfAborted()
      onProgress?.({ phase: 'data', data })
    },
  }
}
