import type { DatasetFacts } from '../dataset.ts'
import type { DatasetKind } from '../readers/items.ts'
import type { Split, Splits } from '../splits.ts'
import { TokenFile } from './token-file.ts'

/** The special tokens that sequences are made with. */
export interface FrameIds {
  readonly begin: number
  readonly end: number
  readonly pad: number
}

/** What of a tokenized data set is not numbers by the million. */
export interface TokenFacts extends DatasetFacts {
  readonly name: string
  readonly kind: DatasetKind
  readonly labels: readonly string[]
  readonly splits: Splits
  /** texts of an item: two of pairs and translations */
  readonly parts: number
  /** of all texts, without special ones */
  readonly tokens: number
  readonly vocabularySize: number
  readonly frame: FrameIds
}

/** Where the texts are. */
export interface TokenIndex {
  /** Text t, counted over all items, has the ids from `offsets[t]` up to `offsets[t + 1]`. `[items · parts + 1]` */
  readonly offsets: Float64Array
  /** The item at each place of the random order. `[items]` */
  readonly order: Int32Array
  /** The class of each item, -1 without one. `[items]` */
  readonly classes: Int32Array
}

/** A data set as ids without special tokens, in a file: 16 bytes an item are in memory, and some windows of the file. */
export class TokenizedDataset implements Disposable {
  readonly facts: TokenFacts
  readonly index: TokenIndex
  readonly #file: TokenFile

  constructor(facts: TokenFacts, index: TokenIndex, path: string) {
    this.facts = facts
    this.index = index
    this.#file = new TokenFile(path, facts.vocabularySize)
  }

  /** The items of a split, in the random order. */
  itemsOf(split: Split): Int32Array {
    return this.index.order.subarray(...this.facts.splits[split])
  }

  /** How many ids a text has. */
  lengthOf(item: number, part = 0): number {
    const text = item * this.facts.parts + part
    return (this.index.offsets[text + 1] as number) - (this.index.offsets[text] as number)
  }

  /** Fills an array with ids of a text, from a place in it. */
  copy(item: number, part: number, from: number, into: Int32Array): void {
    const text = item * this.facts.parts + part
    this.#file.copy((this.index.offsets[text] as number) + from, into)
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]()
  }
}
