import type { DType } from './dtype.ts'
import type { Key } from './random.ts'
import type { Shape } from './shape.ts'

/** Parameters of an operation that has none. */
export type NoParameters = Readonly<Record<never, never>>

/** Axes to reduce, ascending and not negative. */
export interface ReductionParameters {
  readonly axes: readonly number[]
  readonly keepDims: boolean
}

/**
 * Every primitive and its parameters. This interface is the one list: shape rules, the kernels of each backend,
 * derivatives and conformance cases are tables over it, so a missing row is a compile error.
 */
export interface Primitives {
  /** -x */
  neg: NoParameters
  /** eˣ */
  exp: NoParameters
  /** ln x */
  log: NoParameters
  /** √x */
  sqrt: NoParameters
  /** sin x, x in radians */
  sin: NoParameters
  /** cos x, x in radians; sin(x + π/2) would round its argument */
  cos: NoParameters
  /** tanh x */
  tanh: NoParameters
  /** erf x = 2/√π ∫₀ˣ e^(-t²) dt */
  erf: NoParameters
  /** nearest whole number, halves to even */
  round: NoParameters
  /** the same values in another element type; to integers toward zero, saturating; to bool: not 0 */
  cast: { readonly dtype: DType }
  /** a + b, broadcasting; integers wrap */
  add: NoParameters
  /** a - b, broadcasting; integers wrap */
  sub: NoParameters
  /** a · b, broadcasting; integers wrap */
  mul: NoParameters
  /** a / b, broadcasting; integers truncate, and x / 0 = 0 */
  div: NoParameters
  /** the larger of a and b, broadcasting; NaN wins */
  max: NoParameters
  /** a < b as bool, broadcasting */
  less: NoParameters
  /** a = b as bool, broadcasting */
  equal: NoParameters
  /** inputs condition, a, b: a where the condition holds, else b; all three broadcast */
  where: NoParameters
  /** Σ x over the axes */
  sum: ReductionParameters
  /** the largest x over the axes */
  maxOver: ReductionParameters
  /** a · b of the last two axes, f32 or f16; leading axes broadcast; either side may be read transposed */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean }
  /** the same elements, other sizes; shares storage, so it never reaches a backend */
  reshape: { readonly shape: Shape }
  /** axes in another order: output axis i is input axis axes[i] */
  permute: { readonly axes: readonly number[] }
  /** repeats axes of size 1, and adds leading axes, up to a shape */
  expand: { readonly shape: Shape }
  /** a border of one value before and after each axis; widths >= 0 */
  pad: { readonly before: Shape; readonly after: Shape; readonly value: number }
  /** elements start..end-1 along each axis */
  slice: { readonly start: Shape; readonly end: Shape }
  /** one after the other along an axis */
  concat: { readonly axis: number }
  /** inputs x, ids (i32): x taken at ids along an axis; shape x[..axis] + ids + x[axis+1..]; ids outside clamp */
  gather: { readonly axis: number }
  /**
   * inputs updates, ids (i32): zeros with `size` places along an axis, to which each update is added at its id: the
   * adjoint of gather. Ids outside 0..size-1 are ignored; sums run in the order of the ids.
   */
  scatterAdd: { readonly axis: number; readonly size: number }
  /** Philox4x32-10 words: element i is word i mod 4 of the block with counter (i div 4, 0, 0, 0); u32 */
  randomBits: { readonly key: Key; readonly shape: Shape }
}

export type Primitive = keyof Primitives
