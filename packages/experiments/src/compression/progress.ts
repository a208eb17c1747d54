import type { Step } from './recipe.ts'

/** What a recipe is at. */
export type CompressionProgress =
  | { readonly phase: 'step'; readonly index: number; readonly of: number; readonly step: Step }
  | {
      readonly phase: 'training'
      /** steps that are done */
      readonly step: number
      readonly steps: number
      readonly loss: number
      readonly learningRate: number
    }
  /** What a step came to, in words. */
  | { readonly phase: 'done'; readonly index: number; readonly summary: string }
