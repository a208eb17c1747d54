/**
 * A size that may depend on those the caller of a graph chooses: factor · Π names + offset. Without names it is the offset.
 */
export interface Size {
  readonly names: readonly string[]
  readonly factor: number
  readonly offset: number
}

/** What the names stood for in one trace. */
export interface Sizes {
  readonly [name: string]: number
}

/** A size that depends on nothing. */
export function fixedSize(offset: number): Size {
  return { names: [], factor: 0, offset }
}

export function isFixed({ names }: Size): boolean {
  return names.length === 0
}

export function sameSize(a: Size, b: Size): boolean {
  return formatSize(a) === formatSize(b)
}

/** As text: `batch`, `2*batch*length+1`. */
export function formatSize({ names, factor, offset }: Size): string {
  if (names.length === 0) return String(offset)
  const product = [...(factor === 1 ? [] : [factor]), ...names].join('*')
  return offset === 0 ? product : `${product}${offset < 0 ? '' : '+'}${offset}`
}

/**
 * What a whole number depends on, by its values in several traces: nothing if they are alike, else the smallest product
 * of names that explains every one of them.
 *
 * @returns undefined if nothing does
 */
export function fitSize(values: readonly number[], traces: readonly Sizes[]): Size | undefined {
  if (!values.every(Number.isInteger)) return undefined
  const [first] = values as [number]
  if (values.every((each) => each === first)) return fixedSize(first)
  for (const names of subsets(Object.keys(traces[0]!))) {
    const products = traces.map((sizes) => names.reduce((product, name) => product * sizes[name]!, 1))
    const other = products.findIndex((product) => product !== products[0])
    const factor = (values[other]! - first) / (products[other]! - products[0]!)
    const offset = first - factor * products[0]!
    const explains = values.every((value, trace) => factor * products[trace]! + offset === value)
    if (explains && Number.isInteger(factor)) return { names, factor, offset }
  }
  return undefined
}

/** Every choice of some of the names, the smallest first. */
function subsets(names: readonly string[]): string[][] {
  const all: string[][] = [[]]
  for (const name of names) all.push(...all.map((each) => [...each, name]))
  return all.filter((each) => each.length > 0).sort((a, b) => a.length - b.length)
}

/** How many traces tell sizes with names apart: two fix a line, the third checks it. */
const traceCount = 3

/** No name's values are a whole multiple of another's, or of a product, plus a constant. */
const values: readonly (readonly number[])[] = [
  [2, 3, 5],
  [3, 5, 4],
  [5, 2, 7],
  [4, 7, 3],
]

/**
 * What the names stand for in each trace; without names one trace is enough.
 *
 * @param given where the model cannot take the usual ones; three different sizes >= 2 for a name
 * @throws RangeError for more names than can be told apart, or sizes that tell nothing
 */
export function tracedSizes(names: readonly string[], given: { readonly [name: string]: readonly number[] }): Sizes[] {
  if (names.length > values.length) {
    throw new RangeError(
      `exportOnnx: ${names.length} sizes have names (${names.join(', ')}), expected ${values.length} at most; give some as numbers`,
    )
  }
  for (const [name, sizes] of Object.entries(given)) {
    const apart = new Set(sizes).size === traceCount && sizes.length === traceCount
    if (!apart || !sizes.every((size) => Number.isInteger(size) && size >= 2)) {
      throw new RangeError(
        `exportOnnx: sizes of '${name}' are ${sizes.join(', ')}, expected ${traceCount} different ones of 2 or more; a size of 1 would hide what is repeated along it`,
      )
    }
  }
  return Array.from({ length: names.length === 0 ? 1 : traceCount }, (_, trace) =>
    Object.fromEntries(names.map((name, index) => [name, (given[name] ?? values[index]!)[trace]!])),
  )
}
