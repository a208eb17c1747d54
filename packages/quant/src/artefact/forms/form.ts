import { masked } from './masked.ts'
import { relative } from './relative.ts'
import { twoOfFour } from './two-of-four.ts'

/** How the weights that are not 0 are told from those that are. */
export type FormName = 'dense' | 'masked' | 'relative' | 'twoOfFour'

/** Which weights of a tensor are kept; all others are 0. */
export interface Kept {
  /** indices of those kept, rising; some may be 0 after all */
  readonly places: Uint32Array
  /** whole numbers from which they can be found again */
  readonly index: Uint8Array
}

/** A form other than dense, which keeps all and needs no index. */
export interface SparseForm {
  /** of a number of the index, one candidate after the other */
  readonly indexBits: readonly number[]
  /**
   * @param nonZero 1 for each weight that is not 0, 0 for each that is
   * @param row length of the last axis
   * @returns undefined where the weights cannot be kept in this form, or where its index is larger than a mask
   */
  keep(nonZero: Uint8Array, row: number, indexBits: number): Kept | undefined
  /** Numbers in the index of so many weights; undefined if that must be stored. */
  indexCount(size: number): number | undefined
  /**
   * Where the kept ones are: the inverse of `keep`.
   *
   * @throws RangeError if the index is none of so many weights
   */
  find(index: Uint8Array, size: number, indexBits: number): Uint32Array
}

/** Every sparse form by name, cheapest to read first. */
export const sparseForms: { readonly [F in Exclude<FormName, 'dense'>]: SparseForm } = { masked, twoOfFour, relative }
