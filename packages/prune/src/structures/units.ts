import type { Norm } from './norm.ts'
import type { Scored } from './structure.ts'

/** Entries that are pruned together: a row, a block, a head. */
export interface Units {
  /** units there are, over all weights */
  readonly count: number
  /** for each weight, the unit of each of its entries; -1 where it is in none */
  readonly of: readonly Int32Array[]
}

interface Measured {
  /** entries in each unit */
  readonly sizes: Uint32Array
  /** of what each unit still keeps; -∞ if that is nothing */
  readonly scores: Float64Array
}

/**
 * Prunes whole units in ascending order of their scores, of equals the first, for as long as more than half of the next
 * one is due to reach the share (of exactly half: if that makes the number of pruned units even). Units pruned before
 * come first and count; entries pruned before in units that are not stay pruned, and count neither for the share nor
 * for the score. So of k units of one size, round(sparsity · k) are pruned, halves to even.
 */
export function pruneTogether(weights: readonly Scored[], units: Units, sparsity: number, norm: Norm): Uint8Array[] {
  const { sizes, scores } = measure(weights, units, norm)
  const total = weights.reduce((sum, { kept }) => sum + kept.length, 0)
  // In this order a half of units of one size is exactly one here, too.
  const due = sparsity * units.count * (total / units.count)
  const chosen = new Uint8Array(units.count)
  let pruned = 0
  let zeros = 0
  for (const unit of ascending(scores)) {
    const rest = (due - zeros) / sizes[unit]!
    if (rest < 0.5 || (rest === 0.5 && pruned % 2 === 0)) break
    chosen[unit] = 1
    zeros += sizes[unit]!
    pruned++
  }
  return weights.map(({ kept }, which) => {
    const unitOf = units.of[which]!
    return kept.map((flag, index) => (chosen[unitOf[index]!] === 1 ? 0 : flag))
  })
}

function measure(weights: readonly Scored[], units: Units, norm: Norm): Measured {
  const sizes = new Uint32Array(units.count)
  const left = new Uint32Array(units.count)
  const totals = new Float64Array(units.count).fill(norm.start)
  weights.forEach(({ scores, kept }, which) => {
    const unitOf = units.of[which]!
    for (let index = 0; index < kept.length; index++) {
      const unit = unitOf[index]!
      if (unit < 0) continue
      sizes[unit]!++
      if (kept[index] === 0) continue
      left[unit]!++
      totals[unit] = norm.add(totals[unit]!, scores[index]!)
    }
  })
  return { sizes, scores: totals.map((total, unit) => (left[unit] === 0 ? -Infinity : norm.end(total, sizes[unit]!))) }
}

function ascending(scores: Float64Array): Uint32Array {
  // -∞ - -∞ is NaN, and so a tie like 0.
  return Uint32Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]! || a - b)
}
