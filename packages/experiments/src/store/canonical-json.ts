/**
 * JSON with the keys of every object in the order of their code units and no spaces: equal values give equal text, however
 * they were put together.
 *
 * @throws TypeError on what JSON would drop or change without a word (undefined, NaN, infinities, functions, dates, cycles);
 *   it names the place
 * @see RFC 8785, JSON canonicalization scheme
 */
export function canonicalJson(value: unknown): string {
  return write(value, 'value', [])
}

function write(value: unknown, place: string, parents: readonly object[]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TypeError(`${place} is ${value}, which JSON cannot hold; check where the number comes from`)
    return JSON.stringify(value) // writes -0 as 0
  }
  if (typeof value !== 'object')
    throw new TypeError(`${place} is ${describe(value)}, which JSON cannot hold; leave it out or give a plain value`)
  if (parents.includes(value)) throw new TypeError(`${place} contains itself, which JSON cannot hold`)
  const path = [...parents, value]
  if (Array.isArray(value))
    return `[${Array.from(value, (item, index) => write(item, `${place}[${index}]`, path)).join(',')}]`
  const prototype = Object.getPrototypeOf(value) as unknown
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(
      `${place} is a ${value.constructor.name}, which JSON cannot hold; turn it into plain objects, lists and numbers`,
    )
  }
  const members = Object.keys(value)
    .sort(byCodeUnits)
    .map(
      (name) => `${JSON.stringify(name)}:${write((value as Record<string, unknown>)[name], `${place}.${name}`, path)}`,
    )
  return `{${members.join(',')}}`
}

/** As RFC 8785 orders names; a locale's order would differ between machines. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1
}

function describe(value: unknown): string {
  return value === undefined ? 'undefined' : `a ${typeof value}`
}
