import type { Check, Results } from '../case.ts'
import type { Patience } from '../measure.ts'
import type { Description, DeviceWork, OwnFacts } from '../subjects/subject.ts'

/** What the process of a subject is asked for, one thing at a time: cases, by name, and training of one model. */
export type Order =
  | { readonly kind: 'prepare'; readonly quick: boolean; readonly name: string }
  | { readonly kind: 'train'; readonly model: string; readonly steps: number }
  | { readonly kind: 'sample'; readonly name: string; readonly patience: Patience }
  | { readonly kind: 'release'; readonly name: string }
  | { readonly kind: 'step'; readonly seconds: number }
  | { readonly kind: 'finish' }

export type Answer =
  | { readonly kind: 'opened'; readonly description: Description }
  | { readonly kind: 'prepared'; readonly results: Results; readonly seconds: number }
  | {
      readonly kind: 'trained'
      readonly check: Check | null
      readonly losses: readonly number[]
      readonly seconds: number
    }
  | { readonly kind: 'absent'; readonly reason: string }
  | { readonly kind: 'sampled'; readonly seconds: readonly number[] }
  | { readonly kind: 'released' }
  | {
      readonly kind: 'finished'
      readonly facts: OwnFacts | null
      /** of one step, where a device was asked */
      readonly work: DeviceWork | null
      readonly residentBytes: number
      readonly lastLoss: number
    }
  | { readonly kind: 'failed'; readonly message: string }
