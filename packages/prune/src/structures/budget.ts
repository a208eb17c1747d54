import type { Shape } from '@tlc/tensor'

/** What a budget is told about a weight. */
export interface Budgeted {
  readonly name: string
  readonly shape: Shape
}

/** Divides a sparsity over weights: the share of zeros of each, by name, so that together they have it. */
export type Budget = (weights: readonly Budgeted[], sparsity: number) => ReadonlyMap<string, number>

/** The same sparsity for every weight. */
export const uniformBudget: Budget = (weights, sparsity) => new Map(weights.map(({ name }) => [name, sparsity]))
