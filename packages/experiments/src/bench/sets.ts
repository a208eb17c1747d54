/**
 * What is measured by turns: things with a key in common. A set that lies within another is left out. Without keys each
 * is a set by itself.
 */
export function setsOf<T>(
  all: readonly T[],
  comparedBy: ((each: T) => readonly string[]) | undefined,
): readonly (readonly T[])[] {
  if (!comparedBy) return all.map((each) => [each])
  const byKey = new Map<string, T[]>()
  for (const each of all) {
    for (const key of comparedBy(each)) byKey.set(key, [...(byKey.get(key) ?? []), each])
  }
  const sets = [...byKey.values()]
  return sets.filter((set, place) => {
    const isPartOf = (other: readonly T[]): boolean => set.every((each) => other.includes(each))
    // Of equal sets the first is kept.
    return !sets.some((other, at) => isPartOf(other) && (other.length > set.length || at < place))
  })
}
