/** What a choice costs (less is better) and what it gives (more is better). */
export interface Choice {
  readonly cost: number
  readonly value: number
}

/**
 * The choices that no other dominates, by rising cost. One choice dominates another when it costs no more and gives no
 * less, and is better in at least one; of equal choices the first is kept.
 */
export function paretoFrontier<C extends Choice>(choices: readonly C[]): C[] {
  const byCost = choices.toSorted((a, b) => a.cost - b.cost || b.value - a.value)
  const frontier: C[] = []
  let best = -Infinity
  for (const choice of byCost) {
    if (choice.value > best) {
      frontier.push(choice)
      best = choice.value
    }
  }
  return frontier
}
