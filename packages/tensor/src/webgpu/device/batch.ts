import type { Span } from './clock.ts'
import type { Block } from './memory.ts'
import type { Compiled } from './pipelines.ts'
import type { Staging } from './readback.ts'

/** One run of a program. Its parameters are in the slot of its place in the batch. */
export interface Dispatch {
  readonly program: Compiled
  readonly blocks: readonly Block[]
  readonly x: number
  readonly y: number
  readonly z: number
  /** whose time it counts to, while a profile is open */
  readonly span: Span | undefined
}

export interface Copy {
  /** how many dispatches come first */
  readonly after: number
  readonly from: Block
  readonly to: Staging
  readonly bytes: number
}

/** What is recorded for one submission. */
export class Batch {
  readonly number: number
  readonly dispatches: Dispatch[] = []
  readonly copies: Copy[] = []
  /** The parameters of all dispatches. */
  readonly words: Uint32Array<ArrayBuffer>
  /** When it is on its way, if that was not at once. */
  sent: Promise<void> | undefined

  constructor(number: number, words: Uint32Array<ArrayBuffer>) {
    this.number = number
    this.words = words
  }

  get empty(): boolean {
    return this.dispatches.length === 0 && this.copies.length === 0
  }
}
