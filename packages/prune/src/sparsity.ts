import type { Parameter } from '@tlc/nn'
import { distinct } from './distinct.ts'
import { type Mask, maskOf } from './mask.ts'

/** How much of something is pruned. */
export interface ZeroCount {
  /** entries */
  readonly size: number
  /** entries that a mask prunes */
  readonly zeros: number
  /** zeros / size */
  readonly sparsity: number
}

/** How much of each parameter, and of all, is pruned. */
export interface Sparsity extends ZeroCount {
  readonly parameters: ReadonlyMap<string, ZeroCount>
}

/** Counts what masks prune: by parameter and in total, a parameter under two names once, under the first. */
export function sparsityOf(parameters: ReadonlyMap<string, Parameter>): Sparsity {
  const rows = new Map<string, ZeroCount>()
  let size = 0
  let zeros = 0
  for (const [name, parameter] of distinct(parameters)) {
    const row = countZeros(parameter)
    rows.set(name, row)
    size += row.size
    zeros += row.zeros
  }
  return { size, zeros, sparsity: share(zeros, size), parameters: rows }
}

/** Counts the zeros of masks. */
export function zerosOf(masks: readonly Mask[]): ZeroCount {
  let size = 0
  let zeros = 0
  for (const mask of masks) {
    size += mask.length
    for (const kept of mask) zeros += 1 - kept
  }
  return { size, zeros, sparsity: share(zeros, size) }
}

function countZeros(parameter: Parameter): ZeroCount {
  const mask = maskOf(parameter)
  return mask ? zerosOf([mask]) : { size: parameter.stored.size, zeros: 0, sparsity: 0 }
}

function share(zeros: number, size: number): number {
  return size === 0 ? 0 : zeros / size
}
