import type { Parameter } from '@tlc/nn'
import { type PruneOptions, pruneToSparsity } from './prune-to-sparsity.ts'
import { type Sparsity, sparsityOf, type ZeroCount } from './sparsity.ts'
import { roundHalfToEven } from './structures/round-half-to-even.ts'

/** How much of what is left to prune: a share of it, or so many entries. */
export type Amount = { readonly share: number } | { readonly count: number }

/** How to choose what is pruned; a budget is what the amount takes the place of. */
export interface PruneRemainingOptions extends Omit<PruneOptions, 'budget' | 'scope'> {
  /** of which the amount is meant: all parameters together (the default), or each */
  readonly scope?: 'global' | 'perMatrix'
}

/**
 * Prunes an amount of the entries that are still kept: of r, round(share · r), halves to even, or `count`. Twice a share of
 * 0.2 leaves 0.8 · 0.8 of them, as repeated pruning in PyTorch does.
 *
 * @returns the zeros that there are now
 * @throws RangeError if the share is outside 0..1, or the count is no whole number from 0 to the entries left
 */
export async function pruneRemaining(
  parameters: ReadonlyMap<string, Parameter>,
  amount: Amount,
  options: PruneRemainingOptions = {},
): Promise<Sparsity> {
  const { scope = 'global', ...rest } = options
  const before = sparsityOf(parameters)
  if (scope === 'global') return await pruneToSparsity(parameters, sparsityAfter(before, amount), rest)
  const shares = new Map([...before.parameters].map(([name, row]) => [name, sparsityAfter(row, amount)]))
  // The budget knows what each is to have; how much that is of all of them does not matter to it.
  return await pruneToSparsity(parameters, before.sparsity, { ...rest, budget: () => shares })
}

function sparsityAfter({ size, zeros }: ZeroCount, amount: Amount): number {
  const left = size - zeros
  return size === 0 ? 0 : (zeros + countOf(amount, left)) / size
}

function countOf(amount: Amount, left: number): number {
  if ('share' in amount) {
    if (amount.share >= 0 && amount.share <= 1) return roundHalfToEven(amount.share * left)
    throw new RangeError(`pruneRemaining: share must be from 0 to 1, of the entries that are left, got ${amount.share}`)
  }
  if (Number.isInteger(amount.count) && amount.count >= 0 && amount.count <= left) return amount.count
  throw new RangeError(
    `pruneRemaining: count must be a whole number from 0 to the ${left} entries that are left, got ${amount.count}`,
  )
}
