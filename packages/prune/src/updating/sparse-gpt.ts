import { type Compensation, type CompensationOptions, compensate, compensation, gramOf } from '@tlc/nn/calibration'
import type { Mask } from '../mask.ts'
import { unstructured } from '../structures/unstructured.ts'
import { checkDivides, checkSparsity, type NeighbourPattern } from './pattern.ts'
import type { UpdatingPruner } from './prune-with-update.ts'

/** What SparseGPT prunes, and how. */
export interface SparseGptOptions extends Pick<CompensationOptions, 'damping'> {
  /** Share of zeros, 0 to 1, or how many of neighbours in a row are kept. */
  readonly sparsity: number | NeighbourPattern
  /** Columns whose zeros are chosen together, 128 by default. */
  readonly block?: number
  /**
   * Rounds each weight that is kept in the same pass, so that later ones make up for that, too: gives the value that
   * stands for what weight `[row, column]` has become.
   */
  readonly quantize?: (value: number, row: number, column: number) => number
}

/**
 * SparseGPT: column by column weights are set to 0, and what was lost is made up for by the columns that follow:
 * w_j -= (w_i - q_i) U_ij / U_ii with (Σ x xᵀ + λ)⁻¹ = Uᵀ U. Zeros are those of the least w_i² / U_ii², in each block of
 * columns over all rows, or for a pattern among the neighbours of a row as they stand when the first of them is reached.
 *
 * What was pruned before stays pruned and counts. After each block round(sparsity · n) of the n weights so far are 0; the
 * authors' code prunes one more in each block, for what equals its threshold goes, too.
 *
 * @throws RangeError if the sparsity is no share and no pattern, or, in pruning, a pattern does not divide the rows
 * @see Frantar & Alistarh 2023, SparseGPT, algorithm 1 and section 3.4
 */
export function sparseGpt(options: SparseGptOptions): UpdatingPruner {
  const { sparsity, block = 128, quantize = (value) => value } = options
  checkSparsity(sparsity)
  return (weight, { shape, input, kept }) => {
    gramOf(input, shape)
    const prepared = compensation(input, options)
    const mask = kept.slice()
    const isShare = typeof sparsity === 'number'
    const reach = isShare ? undefined : leastOfNeighbours(mask, prepared, sparsity)
    const result = compensate(weight, prepared, {
      ...(isShare ? { block, enter: leastOfBlock(mask, prepared, sparsity) } : { together: sparsity.of }),
      replace(row, column, current) {
        reach?.(row, column, current)
        const index = row * input.size + column
        return mask[index] === 0 ? 0 : Math.fround(quantize(current[index]!, row, column))
      },
    })
    return { weight: Float32Array.from(result.weight), mask }
  }
}

/** Prunes in a block of columns, over all rows, what is least, up to the share of all columns so far. */
function leastOfBlock(mask: Mask, prepared: Compensation, sparsity: number) {
  const { size } = prepared
  const rows = mask.length / size
  let zeros = 0
  return (from: number, to: number, current: Float64Array): void => {
    const width = to - from
    const indices = Int32Array.from(
      { length: rows * width },
      (_, at) => Math.floor(at / width) * size + from + (at % width),
    )
    const scores = Float32Array.from(indices, (index) => scoreOf(index, current, prepared))
    const kept = Uint8Array.from(indices, (index) => mask[index]!)
    const due = Math.max(0, Math.round(sparsity * rows * to) - zeros)
    const [chosen] = unstructured([{ scores, kept }], Math.min(1, due / indices.length))
    for (const [at, index] of indices.entries()) {
      mask[index] = chosen![at]!
      zeros += 1 - chosen![at]!
    }
  }
}

/** Prunes of the neighbours that begin at a column those that are least, what was pruned before first. */
function leastOfNeighbours(mask: Mask, prepared: Compensation, { keep, of }: NeighbourPattern) {
  const { size } = prepared
  checkDivides(of, size)
  return (row: number, column: number, current: Float64Array): void => {
    if (column % of !== 0) return
    const first = row * size + column
    const scored = Array.from({ length: of }, (_, each) => ({
      index: first + each,
      score: mask[first + each] === 0 ? -1 : scoreOf(first + each, current, prepared),
    }))
    scored.sort((one, other) => one.score - other.score)
    for (const { index } of scored.slice(0, of - keep)) mask[index] = 0
  }
}

/** (w / U_ii)²: twice the error that no later weight makes up for. */
function scoreOf(index: number, current: Float64Array, { factor, size }: Compensation): number {
  const column = index % size
  const scaled = current[index]! / factor[column * size + column]!
  return scaled * scaled
}
