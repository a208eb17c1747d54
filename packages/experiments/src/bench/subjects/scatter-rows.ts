/** Adds row i of `rows` to row `ids[i]` of a table of zeros: the gradient of a look-up. */
export function scatterRows(rows: Float32Array, ids: Int32Array, shape: readonly number[]): Float32Array {
  const [count, size] = shape as readonly [number, number]
  const table = new Float32Array(count * size)
  ids.forEach((id, row) => {
    for (let column = 0; column < size; column++) table[id * size + column]! += rows[row * size + column]!
  })
  return table
}
