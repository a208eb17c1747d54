import type { Described, Spec } from '../rules.ts'
import type { Tensor } from '../tensor.ts'

/**
 * An operation defined by a formula in other operations. The formula is its meaning; a backend may have a kernel under
 * its name that does the same in one pass, and conformance compares the two.
 */
export interface Composite<Parameters> {
  readonly name: string
  /** Checks the inputs; shapes and types of the outputs. */
  outputs(inputs: readonly Described[], parameters: Parameters): readonly Spec[]
  /** The outputs, by other operations. Everything else it makes is freed afterwards. */
  formula(inputs: readonly Tensor[], parameters: Parameters): readonly Tensor[]
}
