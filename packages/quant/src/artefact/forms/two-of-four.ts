import type { SparseForm } from './form.ts'

/**
 * Of every four neighbours in a row two are kept, each with its place among the four in 2 bits: NVIDIA's 2:4 pattern.
 * Where fewer are not 0, the first others are kept.
 *
 * @see Mishra et al. 2021, "Accelerating sparse deep neural networks", section 3.1
 */
export const twoOfFour: SparseForm = {
  indexBits: [2],
  keep(nonZero, row) {
    if (row % 4 !== 0) return undefined
    const places = new Uint32Array(nonZero.length / 2)
    const index = new Uint8Array(nonZero.length / 2)
    for (let start = 0; start < nonZero.length; start += 4) {
      const pair = pairOf(nonZero, start)
      if (!pair) return undefined
      index.set(pair, start / 2)
      places.set([start + pair[0], start + pair[1]], start / 2)
    }
    return { places, index }
  },
  indexCount: (size) => size / 2,
  find(index, size) {
    if (size % 4 !== 0) throw new RangeError(`${size} weights are not made of fours`)
    return Uint32Array.from(index, (symbol, entry) => {
      if (entry % 2 === 1 && symbol <= index[entry - 1]!) throw new RangeError('a pair of the index does not rise')
      return 4 * (entry >> 1) + symbol
    })
  },
}

/** The two places to keep, rising; undefined if three or four are not 0. */
function pairOf(nonZero: Uint8Array, start: number): readonly [number, number] | undefined {
  const marked = [0, 1, 2, 3].filter((place) => nonZero[start + place] === 1)
  if (marked.length > 2) return undefined
  const others = [0, 1, 2, 3].filter((place) => nonZero[start + place] === 0)
  const [a, b] = [...marked, ...others]
  return a! < b! ? [a!, b!] : [b!, a!]
}
