/** What a compressed model costs by one of its measures: bytes of its file, seconds of a forward pass, or operations of one. */
export type CostName = 'bytes' | 'latency' | 'operations'

/** One model, compressed in one way, trained from one seed. */
export interface CompressedResult {
  /** which model it was before, 'large' */
  readonly model: string
  /** how it was compressed, '60% pruned, 4 bits' */
  readonly setting: string
  readonly seed: number
  /** more is better: an accuracy from 0 to 1, a BLEU score */
  readonly accuracy: number
  /** of the file */
  readonly bytes: number
  /** seconds of a forward pass, measured */
  readonly latency?: number
  /** of a forward pass, counted */
  readonly operations?: number
}

/**
 * What a result costs.
 *
 * @throws RangeError if it was not measured, or is no number above 0
 */
export function costOf(result: CompressedResult, cost: CostName): number {
  const value = result[cost]
  if (value !== undefined && value > 0 && Number.isFinite(value)) return value
  throw new RangeError(
    `pareto: ${describe(result)} has ${cost} ${value ?? 'not measured'}; every result needs a number above 0`,
  )
}

/** 'large (8 bits), seed 1' */
export function describe({ model, setting, seed }: CompressedResult): string {
  return `${model} (${setting}), seed ${seed}`
}
