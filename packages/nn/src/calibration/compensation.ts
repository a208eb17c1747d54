import { inverseFactor } from './cholesky.ts'
import { gramOf } from './gram.ts'
import type { InputStatistics } from './input-statistics.ts'
import { subtractProduct } from './subtract-product.ts'

/** How the inputs of a layer are read. */
export interface CompensationOptions {
  /** λ as a share of the mean of H's diagonal, 0.01 by default: H of few inputs has no inverse without */
  readonly damping?: number
  /** Which column comes first: the first (`given`, the default), or that with the largest inputs (`activation`). */
  readonly order?: 'given' | 'activation'
}

/** What is needed to let the weights of a row make up for each other's errors. Made once for all rows. */
export interface Compensation {
  readonly size: number
  /** the column at each position, `[size]` */
  readonly order: Int32Array
  /** U with (H + λ)⁻¹ = Uᵀ U, `[size, size]`, by positions */
  readonly factor: Float64Array
  /** λ of each position: what was added to the diagonal of H */
  readonly added: Float64Array
}

/**
 * Prepares for H = Σ x xᵀ. Features that were 0 throughout get a 1 on the diagonal, so that they stand alone.
 *
 * @throws RangeError if there is no gram, or the damping is not >= 0, or too small for H to have an inverse
 * @see Frantar et al. 2022, GPTQ, sections 3.2 and 3.3
 */
export function compensation(input: InputStatistics, options: CompensationOptions = {}): Compensation {
  const { damping = 0.01, order = 'given' } = options
  if (!(damping >= 0)) throw new RangeError(`damping must be a share >= 0 of the mean of the diagonal, got ${damping}`)
  const { size } = input
  const gram = gramOf(input)
  const diagonal = Float64Array.from({ length: size }, (_, j) => gram[j * size + j]!)
  const columns = Int32Array.from({ length: size }, (_, j) => j)
  if (order === 'activation') columns.sort((one, other) => diagonal[other]! - diagonal[one]! || one - other)
  const dead = diagonal.map((each) => Number(each === 0))
  const lambda = (damping * diagonal.reduce((sum, each, j) => sum + each + dead[j]!, 0)) / size
  const h = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    const row = columns[i]! * size
    for (let j = 0; j < size; j++) h[i * size + j] = gram[row + columns[j]!]!
  }
  const added = Float64Array.from(columns, (column) => lambda + dead[column]!)
  for (let i = 0; i < size; i++) h[i * size + i]! += added[i]!
  return { size, order: columns, factor: inverseFactor(h, size), added }
}

/** What becomes of each weight, as the columns are gone through. */
export interface Sweep {
  /** Columns that are entered together; all by default. */
  readonly block?: number
  /** Weights of a row that are looked at together when the first is replaced; 1 by default. */
  readonly together?: number
  /**
   * Called before each block, when all weights have caught up.
   *
   * @param current the weights as they stand, `[out, size]` by positions
   */
  readonly enter?: (from: number, to: number, current: Float64Array) => void
  /** The value that weight `current[row, position]` is replaced by. */
  readonly replace: (row: number, position: number, current: Float64Array) => number
}

/** Weights after a sweep. */
export interface Swept {
  /** `[out, size]`, by columns */
  readonly weight: Float64Array
  /** Σ ((w - w') x)² of each row, λ left out */
  readonly errors: Float64Array
}

/**
 * Replaces the weights of W `[out, size]` column by column, while those that follow make up for what was lost:
 * w_j -= (w_i - q_i) U_ij / U_ii. That is the least squares solution for the columns that are still free.
 *
 * With e_i = (w_i - q_i) / U_ii the whole change of a row is e U, so its damped error is ‖e‖².
 *
 * @see Frantar et al. 2022, GPTQ, algorithm 1; Frantar & Alistarh 2023, SparseGPT, algorithm 1
 */
export function compensate(weight: Float32Array, prepared: Compensation, sweep: Sweep): Swept {
  const { size, order, added } = prepared
  const { block = size, together = 1 } = sweep
  if (!(Number.isInteger(block) && block >= 1)) throw new RangeError(`block must be a whole number >= 1, got ${block}`)
  const band = together * Math.ceil(bandColumns / together)
  const current = Float64Array.from(weight, (_, at) => weight[at - (at % size) + order[at % size]!]!)
  const errors = new Float64Array(weight.length / size)
  for (let from = 0; from < size; from += block) {
    const to = Math.min(from + block, size)
    sweep.enter?.(from, to, current)
    for (let first = from; first < to; first += band) {
      sweepBand(current, first, Math.min(first + band, to), prepared, sweep, errors)
    }
  }
  const result = new Float64Array(weight.length)
  for (let at = 0; at < weight.length; at++) {
    const position = at % size
    const row = (at - position) / size
    const index = row * size + order[position]!
    result[index] = current[at]!
    const moved = weight[index]! - current[at]!
    errors[row]! -= added[position]! * (moved * moved)
  }
  return { weight: result, errors }
}

/** Columns after which those that follow catch up all at once, which is faster. */
const bandColumns = 32

/** Replaces the weights of a band of columns and lets all others catch up; adds ‖e‖² of each row. */
function sweepBand(
  current: Float64Array,
  from: number,
  to: number,
  { size, factor }: Compensation,
  { replace }: Sweep,
  squares: Float64Array,
): void {
  const width = to - from
  const errors = new Float64Array(squares.length * width)
  for (let row = 0; row < squares.length; row++) {
    const start = row * size
    for (let i = from; i < to; i++) {
      const value = current[start + i]!
      const replaced = replace(row, i, current)
      const error = (value - replaced) / factor[i * size + i]!
      current[start + i] = replaced
      errors[row * width + i - from] = error
      squares[row]! += error * error
      for (let j = i + 1; j < to; j++) current[start + j]! -= error * factor[i * size + j]!
    }
  }
  subtractProduct(
    { values: current, start: to, stride: size },
    { values: errors, start: 0, stride: width },
    { values: factor, start: from * size + to, stride: size },
    { rows: squares.length, columns: size - to, inner: width },
  )
}
