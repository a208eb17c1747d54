/** How often each n-gram occurs, for each n from 1 to an order. */
export type NGrams = readonly ReadonlyMap<string, number>[]

/**
 * @param units words, with a space as separator, or characters, with none
 */
export function countNGrams(units: readonly string[], order: number, separator: string): NGrams {
  return Array.from({ length: order }, (_, index) => {
    const n = index + 1
    const counts = new Map<string, number>()
    for (let start = 0; start + n <= units.length; start++) {
      const nGram = units.slice(start, start + n).join(separator)
      counts.set(nGram, (counts.get(nGram) ?? 0) + 1)
    }
    return counts
  })
}

/** Σ min(count here, count there). */
export function matches(of: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const [nGram, count] of of) sum += Math.min(count, other.get(nGram) ?? 0)
  return sum
}

/** How many n-grams there are, each as often as it occurs. */
export function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const count of counts.values()) sum += count
  return sum
}
