import type { SparseForm } from './form.ts'

/**
 * The number of zeros before each weight that is kept, in g bits. Where there are 2^g zeros and more, the last of each 2^g
 * is kept too, as a filler; so also at the end. Hence a tensor of n weights has n / 2^g entries at least, and what a file
 * of so many bytes can unfold to is bounded.
 *
 * @see Han et al. 2016, "Deep Compression", section 2 and figure 2, with 8 bits for convolutions and 5 for other layers
 */
export const relative: SparseForm = {
  indexBits: [2, 3, 4, 5, 6, 7, 8],
  keep(nonZero, _, indexBits) {
    const reach = 2 ** indexBits
    const count = entriesOf(nonZero, reach)
    if (count === undefined) return undefined
    const places = new Uint32Array(count)
    const index = new Uint8Array(count)
    let zeros = 0
    let next = 0
    for (let place = 0; place < nonZero.length; place++) {
      if (nonZero[place] === 0 && zeros < reach - 1) {
        zeros++
        continue
      }
      index[next] = zeros
      places[next++] = place
      zeros = 0
    }
    return { places, index }
  },
  indexCount: () => undefined,
  find(index, size, indexBits) {
    const places = new Uint32Array(index.length)
    let place = -1
    for (let entry = 0; entry < index.length; entry++) {
      place += index[entry]! + 1
      if (place >= size) throw new RangeError(`entry ${entry} of the index lies at weight ${place} of ${size}`)
      places[entry] = place
    }
    const left = size - 1 - place
    if (left >= 2 ** indexBits) throw new RangeError(`the index ends ${left} weights before the last`)
    return places
  },
}

/** Entries of an index; undefined for over half of the weights: in 2 bits and more they are larger than a mask. */
function entriesOf(nonZero: Uint8Array, reach: number): number | undefined {
  let count = 0
  let zeros = 0
  for (let place = 0; place < nonZero.length; place++) {
    if (nonZero[place] === 0 && zeros < reach - 1) zeros++
    else {
      count++
      if (2 * count > nonZero.length) return undefined
      zeros = 0
    }
  }
  return count
}
