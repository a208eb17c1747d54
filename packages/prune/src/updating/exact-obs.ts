import { type CompensationOptions, compensation, gramOf, inverse, inverseOfFactor } from '@tlc/nn/calibration'
import type { Mask } from '../mask.ts'
import { checkDivides, checkSparsity, type NeighbourPattern } from './pattern.ts'
import type { UpdatingPruner } from './prune-with-update.ts'

/** What ExactOBS prunes, and how. */
export interface ExactObsOptions extends Pick<CompensationOptions, 'damping'> {
  /** Share of zeros over all rows, 0 to 1, or how many of neighbours in a row are kept. */
  readonly sparsity: number | NeighbourPattern
  /** Neighbours in a row that are pruned together, 1 by default; it divides the rows. Not with a pattern. */
  readonly block?: number
}

/**
 * ExactOBS: in each row the weight (or block B) goes whose loss w_B ([H⁻¹]_BB)⁻¹ w_B is least, all others make up for it,
 * w -= H⁻¹_:B ([H⁻¹]_BB)⁻¹ w_B, and H⁻¹ becomes that of what is left, again and again. Of all rows' steps those of the
 * least losses are taken. H = Σ x xᵀ + λ.
 *
 * More exact than SparseGPT, and slower: size³ operations for each row. What was pruned before stays pruned and counts.
 *
 * @throws RangeError if the sparsity is no share and no pattern, or, in pruning, blocks or patterns do not divide the rows
 * @see Frantar & Alistarh 2022, Optimal Brain Compression, algorithms 1 and 2
 */
export function exactObs(options: ExactObsOptions): UpdatingPruner {
  const { sparsity, block = 1 } = options
  checkSparsity(sparsity)
  const limit = typeof sparsity === 'number' ? undefined : sparsity
  if (limit && block !== 1) throw new RangeError(`exactObs: a pattern prunes single weights, got blocks of ${block}`)
  return (weight, { shape, input, kept }) => {
    const { size } = input
    checkDivides(limit?.of ?? block, size)
    gramOf(input, shape)
    const inverseH = inverseOfFactor(compensation(input, options).factor, size)
    const traces = Array.from({ length: weight.length / size }, (_, row) => {
      const own = [row * size, (row + 1) * size] as const
      return traceRow(Float64Array.from(weight.subarray(...own)), inverseH, {
        block,
        limit,
        kept: kept.subarray(...own),
      })
    })
    const counts =
      typeof sparsity === 'number'
        ? leastLosses(traces, Math.round((sparsity * weight.length) / block))
        : traces.map(({ steps }) => steps.length)
    const mask = kept.slice()
    const result = weight.slice()
    for (const [row, { steps }] of traces.entries()) {
      const own = [row * size, (row + 1) * size] as const
      for (const first of steps.slice(0, counts[row])) mask.fill(0, own[0] + first, own[0] + first + block)
      solveRow(result.subarray(...own), mask.subarray(...own), inverseH)
    }
    return { weight: result, mask }
  }
}

interface RowOptions {
  readonly block: number
  readonly limit: NeighbourPattern | undefined
  readonly kept: Mask
}

/** In which order the blocks of a row go (by their first column), and what each costs. */
interface Trace {
  readonly steps: number[]
  readonly losses: number[]
}

function traceRow(w: Float64Array, inverseH: Float64Array, { block, limit, kept }: RowOptions): Trace {
  const size = w.length
  const h = inverseH.slice()
  const gone = new Uint8Array(size)
  const eliminate = (column: number): void => {
    eliminateColumn(w, h, column)
    gone[column] = 1
  }
  for (let column = 0; column < size; column++) if (kept[column] === 0) eliminate(column)
  const isFull = (column: number): boolean => {
    if (!limit) return false
    const start = column - (column % limit.of)
    return gone.subarray(start, start + limit.of).reduce((sum, each) => sum + each, 0) >= limit.of - limit.keep
  }
  const trace: Trace = { steps: [], losses: [] }
  // What was pruned before costs nothing, and its steps come first.
  for (let first = 0; first < size; first += block) {
    if (gone.subarray(first, first + block).includes(0)) continue
    trace.steps.push(first)
    trace.losses.push(0)
  }
  for (;;) {
    let [least, best] = [Number.POSITIVE_INFINITY, -1]
    for (let first = 0; first < size; first += block) {
      if (!gone.subarray(first, first + block).includes(0) || isFull(first)) continue
      const loss = lossOf(w, h, gone, first, block)
      if (loss < least) [least, best] = [loss, first]
    }
    if (best < 0) return trace
    trace.steps.push(best)
    trace.losses.push(least)
    for (let column = best; column < best + block; column++) if (gone[column] === 0) eliminate(column)
  }
}

/** w_B ([H⁻¹]_BB)⁻¹ w_B of what is left of a block, half of which is the loss. */
function lossOf(w: Float64Array, h: Float64Array, gone: Uint8Array, first: number, block: number): number {
  const size = w.length
  if (block === 1) return (w[first]! * w[first]!) / h[first * size + first]!
  const columns: number[] = []
  for (let column = first; column < first + block; column++) if (gone[column] === 0) columns.push(column)
  const own = columns.map((column) => w[column]!)
  const solved = solve(h, columns, size, own)
  return own.reduce((sum, each, index) => sum + each * solved[index]!, 0)
}

/** Sets a weight to 0, the others make up for it, and H⁻¹ becomes that of the others. */
function eliminateColumn(w: Float64Array, h: Float64Array, column: number): void {
  const size = w.length
  const pivot = h[column * size + column]!
  const own = h.slice(column * size, (column + 1) * size)
  const share = w[column]! / pivot
  for (let i = 0; i < size; i++) {
    w[i]! -= share * own[i]!
    const part = own[i]! / pivot
    if (part === 0) continue
    for (let j = 0; j < size; j++) h[i * size + j]! -= part * own[j]!
  }
  w[column] = 0
  h.fill(0, column * size, (column + 1) * size)
  for (let i = 0; i < size; i++) h[i * size + column] = 0
}

/** How many steps each row takes if, of all rows, those of the least losses are taken. */
function leastLosses(traces: readonly Trace[], count: number): number[] {
  const all = traces.flatMap(({ losses }, row) => losses.map((loss) => ({ loss, row })))
  all.sort((one, other) => one.loss - other.loss)
  const counts = traces.map(() => 0)
  for (const { row } of all.slice(0, count)) counts[row]!++
  return counts
}

/** The least squares solution with the zeros of a mask: w - H⁻¹_:M ([H⁻¹]_MM)⁻¹ w_M. */
function solveRow(weight: Float32Array, mask: Mask, inverseH: Float64Array): void {
  const size = weight.length
  const pruned = [...mask.keys()].filter((column) => mask[column] === 0)
  const y = solve(
    inverseH,
    pruned,
    size,
    pruned.map((column) => weight[column]!),
  )
  const change = new Float64Array(size)
  for (const [i, column] of pruned.entries()) {
    for (let j = 0; j < size; j++) change[j]! += inverseH[column * size + j]! * y[i]!
  }
  for (let j = 0; j < size; j++) weight[j] = mask[j] === 0 ? 0 : weight[j]! - change[j]!
}

/** ([H⁻¹]_BB)⁻¹ v for some columns B. */
function solve(h: Float64Array, columns: readonly number[], size: number, v: readonly number[]): number[] {
  const count = columns.length
  const part = Float64Array.from(
    { length: count * count },
    (_, at) => h[columns[Math.floor(at / count)]! * size + columns[at % count]!]!,
  )
  const inverted = inverse(part, count)
  return v.map((_, i) => v.reduce((sum, each, j) => sum + inverted[i * count + j]! * each, 0))
}
