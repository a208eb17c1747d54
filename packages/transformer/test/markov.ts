import type { NextTokenScorer, SequenceConfig, SequenceModel } from '../src/generation/index.ts'

/** ln p(next | last): a row of ln p for each last token. */
export type MarkovTable = readonly (readonly number[])[]

/** Chains of tokens. The first id of a source says which table its target follows. */
export class MarkovModel implements SequenceModel {
  readonly config: SequenceConfig
  readonly #tables: readonly MarkovTable[]

  constructor(tables: readonly MarkovTable[], config: Omit<SequenceConfig, 'vocabularySize'>) {
    this.#tables = tables
    this.config = { vocabularySize: tables[0]!.length, ...config }
  }

  begin(sources: readonly Int32Array[]): NextTokenScorer {
    return new MarkovScorer(sources.map(([source]) => this.#tables[source!]!))
  }
}

class MarkovScorer implements NextTokenScorer {
  #tables: readonly MarkovTable[]

  constructor(tables: readonly MarkovTable[]) {
    this.#tables = tables
  }

  async step(tokens: Int32Array): Promise<Float32Array> {
    return Float32Array.from(this.#tables.flatMap((table, row) => table[tokens[row]!]!))
  }

  select(rows: Int32Array): void {
    this.#tables = Array.from(rows, (row) => this.#tables[row]!)
  }

  [Symbol.dispose](): void {
    this.#tables = []
  }
}

/** ln of each row of weights by its sum, as float32 has it. */
export function markovTable(weights: readonly (readonly number[])[]): MarkovTable {
  return weights.map((row) => {
    const total = row.reduce((sum, weight) => sum + weight, 0)
    return row.map((weight) => Math.fround(Math.log(weight / total)))
  })
}
