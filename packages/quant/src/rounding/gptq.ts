import {
  type Compensation,
  type CompensationOptions,
  compensate,
  compensation,
  gramOf,
  type InputStatistics,
  quadraticForms,
} from '@tlc/nn/calibration'
import { fitGrid } from '../ranges/fit-grid.ts'
import { minMax } from '../ranges/min-max.ts'
import type { Scheme } from '../scheme.ts'
import {
  type AffineCodes,
  type AffineOptions,
  affine,
  decodeAffine,
  rangesOf,
  storedRanges,
} from '../schemes/affine/affine.ts'
import { rangeAt, spanAt, spansOf } from '../schemes/affine/granularity.ts'
import { type GridValues, grids } from '../schemes/affine/grid.ts'
import { type ModelRounding, nearest } from './rounding.ts'

/** How weights make up for each other's errors. */
export interface GptqOptions extends CompensationOptions {
  /**
   * Whether groups keep the ranges of the original weights, as they always do where the order is `activation`; else each
   * is fitted to what its block of columns has become. False by default.
   */
  readonly staticGroups?: boolean
  /** Columns after which the others catch up, 128 by default. It changes ranges of groups, and otherwise only speed. */
  readonly block?: number
}

/**
 * Rounds all weights of a model by GPTQ:
 * ```ts
 * const statistics = await collectInputs(model, run, { batches, gram: true })
 * await quantizeModel(model, { bits: 4, granularity: { group: 64 }, grid: 'zeroExact', rounding: gptq(statistics) })
 * ```
 * Weights without statistics, like embeddings, are rounded to the nearest.
 *
 * @param statistics by the path of the layer: the name of its weight without `.weight`
 * @throws RangeError if there are no statistics, or, when a weight is encoded, they have no gram
 * @see Frantar et al. 2022, GPTQ
 */
export function gptq(statistics: ReadonlyMap<string, InputStatistics>, options: GptqOptions = {}): ModelRounding {
  if (statistics.size === 0) throw new RangeError('gptq: there are no statistics; collect them with collectInputs')
  // Queries, keys and values share their statistics and come one after the other.
  let last: { readonly input: InputStatistics; readonly prepared: Compensation } | undefined
  const prepare = (input: InputStatistics): Compensation => {
    if (last?.input !== input) last = { input, prepared: compensation(input, options) }
    return last.prepared
  }
  return {
    schemeFor(name, affineOptions) {
      const input = statistics.get(name.replace(/\.?weight$/, ''))
      return input ? gptqScheme(input, { ...affineOptions, ...options }, prepare) : affine(affineOptions)
    },
  }
}

/**
 * GPTQ of one weight W `[out, in]` whose inputs have Σ x xᵀ = H: column by column q = Q(w), and what was lost is made up for
 * by the columns that follow, w_j -= (w_i - q) U_ij / U_ii with (H + λ)⁻¹ = Uᵀ U. That keeps ‖(W - Q) X‖ small instead of
 * ‖W - Q‖.
 *
 * Where that greedy order does worse than rounding to the nearest (on ranges of the original weights), a row keeps the
 * nearest: no output has a larger error than then. Weights that are exactly 0 stay so on grids that have a 0, so that a
 * pruned model stays pruned. Features that were 0 throughout are rounded to the nearest; the authors set their
 * weights to 0, but who was silent in calibration may speak later.
 *
 * @throws RangeError as `affine` does; in encode, if W does not fit the inputs
 * @see Frantar et al. 2022, GPTQ, algorithm 1
 */
export function gptqScheme(
  input: InputStatistics,
  options: AffineOptions & GptqOptions,
  prepare: (input: InputStatistics) => Compensation = (each) => compensation(each, options),
): Scheme<AffineCodes> {
  const scheme = affine(options)
  return {
    encode(weight, shape) {
      const gram = gramOf(input, shape)
      const rounded = scheme.encode(weight, shape)
      const found = roundInOrder(weight, rounded, prepare(input), options)
      const decoded = decodeAffine(rounded)
      const errors = Float64Array.from(weight, (each, index) => each - decoded[index]!)
      keepBetterRows(found, rounded, quadraticForms(errors, gram))
      return { ...rounded, codes: found.codes, ...storedRanges(found.ranges, rounded.grid) }
    },
    decode: decodeAffine,
  }
}

/** Codes and ranges of a weight, and ‖(w - q) X‖² of each row. */
interface Rounded {
  readonly codes: Uint8Array
  readonly ranges: GridValues[]
  readonly errors: Float64Array
}

/** @param rounded on the ranges of the original weights */
function roundInOrder(
  weight: Float32Array,
  rounded: AffineCodes,
  prepared: Compensation,
  options: AffineOptions & GptqOptions,
): Rounded {
  const { granularity, shape, bits, grid } = rounded
  const { range: rule = minMax, order = 'given', staticGroups = false, block = 128 } = options
  const { size } = prepared
  const spans = spansOf(granularity, shape)
  const refits = typeof granularity === 'object' && !staticGroups && order === 'given'
  const codes = new Uint8Array(weight.length)
  const ranges = rangesOf(rounded)
  const { errors } = compensate(weight, prepared, {
    block,
    enter(from, to, current) {
      if (!refits) return
      for (const range of ranges.keys()) {
        const [start, end] = spanAt(spans, range)
        const first = start % size
        if (first >= from && first < to)
          ranges[range] = fitGrid(Float32Array.from(current.subarray(start, end)), rule, { bits, grid })
      }
    },
    replace(row, position, current) {
      const index = row * size + prepared.order[position]!
      const { step, offset, zeroPoint } = ranges[rangeAt(spans, index)]!
      const isKept = step === 0 || (weight[index] === 0 && grids[grid].zeroExact)
      const steps = (current[row * size + position]! - offset) / step
      const code = isKept ? zeroPoint : Math.max(0, Math.min(nearest(steps) + zeroPoint, 2 ** bits - 1))
      codes[index] = code
      return Math.fround(step * (code - zeroPoint) + offset)
    },
  })
  return { codes, ranges, errors }
}

/** Takes back the rows that rounding to the nearest had better. */
function keepBetterRows({ codes, ranges, errors }: Rounded, rounded: AffineCodes, nearestErrors: Float64Array): void {
  const size = codes.length / errors.length
  const spans = spansOf(rounded.granularity, rounded.shape)
  const originals = rangesOf(rounded)
  for (const [row, error] of errors.entries()) {
    if (error <= nearestErrors[row]!) continue
    for (let index = row * size; index < (row + 1) * size; index++) {
      const range = rangeAt(spans, index)
      ranges[range] = originals[range]!
      codes[index] = rounded.codes[index]!
    }
  }
}
