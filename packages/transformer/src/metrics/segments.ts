/**
 * Checks what a metric of a corpus is given.
 *
 * @returns how many references there are for each hypothesis, or 'var' if that varies
 * @throws RangeError if there is nothing, if the numbers differ, or if a hypothesis has no reference
 */
export function checkSegments(
  metric: string,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
): number | 'var' {
  if (hypotheses.length === 0) throw new RangeError(`${metric}: needs one hypothesis at least, got none`)
  if (hypotheses.length !== references.length) {
    throw new RangeError(
      `${metric}: ${hypotheses.length} hypotheses, but references for ${references.length}; give a list of references for each`,
    )
  }
  const bare = references.findIndex((each) => each.length === 0)
  if (bare >= 0) throw new RangeError(`${metric}: hypothesis ${bare} has no reference; leave it out of both lists`)
  const count = references[0]!.length
  return references.every((each) => each.length === count) ? count : 'var'
}

/** The release of sacreBLEU whose scores these are, to all digits. */
const version = '2.6.0'

/** What a score depends on, as sacreBLEU writes it: `nrefs:1|case:mixed|…|version:2.6.0`. */
export function signatureOf(count: number | 'var', settings: Readonly<Record<string, string | number>>): string {
  return Object.entries({ nrefs: count, ...settings, version })
    .map(([name, value]) => `${name}:${value}`)
    .join('|')
}
