import type { SparseForm } from './form.ts'

/** A bit for each weight: 1 where it is kept. */
export const masked: SparseForm = {
  indexBits: [1],
  keep: (nonZero) => ({ places: placesOf(nonZero), index: nonZero }),
  indexCount: (size) => size,
  find: (index) => placesOf(index),
}

function placesOf(marks: Uint8Array): Uint32Array {
  let count = 0
  for (let place = 0; place < marks.length; place++) count += marks[place]!
  const places = new Uint32Array(count)
  let next = 0
  for (let place = 0; place < marks.length; place++) if (marks[place] === 1) places[next++] = place
  return places
}
