import type { Composites } from '../composites/index.ts'
import type { Primitive, Primitives } from '../primitives.ts'
import type { Described } from '../rules.ts'
import type { Tensor } from '../tensor.ts'
import type { Draw } from './draw.ts'

/** One call to try. */
export interface Case<Parameters> {
  /** What is particular about it. */
  readonly name: string
  readonly inputs: (draw: Draw) => readonly Tensor[]
  readonly parameters: Parameters
  /** Whether float32 can hold every number on the way, so that any order of operations must give the same bits. */
  readonly exact?: boolean
}

/** How near the truth (the same in float64, rounded) results must be: within roundings · 2⁻²⁴ · scale. */
export interface Tolerance<Parameters> {
  readonly roundings: number | ((inputs: readonly Described[], parameters: Parameters) => number)
  /** What errors are in proportion to: each expected element, the largest of them, or something worked out. */
  readonly scale: 'element' | 'largest' | ((inputs: readonly Tensor[], parameters: Parameters) => Tensor)
  /** Why not less. */
  readonly because: string
}

/** What an operation is tried on. */
export interface Conformance<Parameters> {
  /** For each output, the last for all further ones; none where every bit is defined. */
  readonly tolerances: readonly Tolerance<Parameters>[]
  /**
   * Whether it is one step of the device's own f32 arithmetic, which may take numbers below 2⁻¹²⁶ for 0: on a backend
   * that says so (`flushesDenormals`), inputs have none, and where they are expected 0 will do.
   */
  readonly arithmetic?: boolean
  /** false where there is nothing to compute in f16, or it is refused */
  readonly half?: false
  readonly cases: readonly Case<Parameters>[]
}

/** A table of cases for some primitives. */
export type PrimitiveCases<Names extends Primitive> = { readonly [P in Names]: Conformance<Primitives[P]> }

/** A table of cases for some composites. */
export type CompositeCases<Names extends keyof Composites> = { readonly [C in Names]: Conformance<Composites[C]> }

/** The tolerance of a chain of sums and products. */
export function ofLargest(roundings: number): Tolerance<unknown> {
  return {
    roundings,
    scale: 'largest',
    because:
      'several sums and products one after the other: their errors are in proportion to the largest elements, not to each',
  }
}
