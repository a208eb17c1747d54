import type { Encoded } from '../scheme.ts'

/** Where an artefact comes from, and what it is worth. All of it may be left out. */
export interface Lineage {
  /** what was done to the parent model, as JSON text */
  readonly recipe?: string
  /** SHA-256 of the file that held the parent model, in 64 hexadecimal digits */
  readonly parent?: string
  /** measured values by name */
  readonly metrics?: Readonly<Record<string, number>>
  /** the model's config.json as text, so that the model can be made again without the original */
  readonly config?: string
}

/** A compressed model: all it takes to make the model's weights again, by parameter name. */
export interface Artefact extends Lineage {
  readonly tensors: ReadonlyMap<string, Encoded>
  /** free text by name, saved with it */
  readonly metadata: ReadonlyMap<string, string>
}
