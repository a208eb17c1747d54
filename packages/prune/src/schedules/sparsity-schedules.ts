/** The sparsity that is due at a step, counted from 0. A pure function. */
export type SparsitySchedule = (step: number) => number

/** A rise of the sparsity in equal intervals: it changes at `begin`, `begin + every`, … and last at `begin + every · changes`. */
export interface GradualSparsity {
  /** s₀, up to the first change; 0 by default */
  readonly initial?: number
  /** s₁, from the last change on */
  readonly final: number
  /** t₀: the step at which the rise begins, still with s₀; 0 by default */
  readonly begin?: number
  /** Δt, steps between two changes; 1 by default */
  readonly every?: number
  /** n, the number of changes */
  readonly changes: number
}

export interface OneShotSparsity {
  readonly final: number
  /** the step at which it is due; 0 by default */
  readonly at?: number
}

/** 0 before a step, all of it from then on. */
export function oneShotSparsity({ final, at = 0 }: OneShotSparsity): SparsitySchedule {
  checkSparsities({ final })
  return (step) => (step < at ? 0 : final)
}

/** s = s₀ + (s₁ - s₀) p with p = ⌊(t - t₀) / Δt⌋ / n, from 0 to 1. */
export function linearSparsity(options: GradualSparsity): SparsitySchedule {
  return gradual(options, (initial, final, p) => initial + (final - initial) * p)
}

/**
 * s = s₁ + (s₀ - s₁) (1 - p)³, p as in `linearSparsity`: fast while there is much to choose from, slow in the end.
 *
 * @see Zhu & Gupta 2017, To prune, or not to prune, eq. 1
 */
export function cubicSparsity(options: GradualSparsity): SparsitySchedule {
  return gradual(options, (initial, final, p) => final + (initial - final) * (1 - p) * (1 - p) * (1 - p))
}

/**
 * 1 - s = (1 - s₀)^(1 - p) (1 - s₁)^p, p as in `linearSparsity`: each change prunes the same share of what is left.
 *
 * @throws RangeError if the final sparsity is 1, which no number of shares reaches
 */
export function exponentialSparsity(options: GradualSparsity): SparsitySchedule {
  if (options.final === 1)
    throw new RangeError(
      'sparsity: shares of what is left never reach a final sparsity of 1; give less, or another schedule',
    )
  return gradual(options, (initial, final, p) => 1 - (1 - initial) ** (1 - p) * (1 - final) ** p)
}

function gradual(
  { initial = 0, final, begin = 0, every = 1, changes }: GradualSparsity,
  between: (initial: number, final: number, progress: number) => number,
): SparsitySchedule {
  checkSparsities({ initial, final })
  if (initial > final) throw new RangeError(`sparsity: it cannot fall, from an initial ${initial} to a final ${final}`)
  for (const [name, count] of Object.entries({ every, changes })) {
    if (!(Number.isInteger(count) && count >= 1))
      throw new RangeError(`sparsity: ${name} must be a whole number >= 1, got ${count}`)
  }
  return (step) => {
    const changed = Math.floor((step - begin) / every)
    if (changed <= 0) return initial
    return changed >= changes ? final : between(initial, final, changed / changes)
  }
}

function checkSparsities(sparsities: Readonly<Record<string, number>>): void {
  for (const [name, sparsity] of Object.entries(sparsities)) {
    if (!(sparsity >= 0 && sparsity <= 1))
      throw new RangeError(`sparsity: ${name} must be from 0 to 1, the share of zeros, got ${sparsity}`)
  }
}
