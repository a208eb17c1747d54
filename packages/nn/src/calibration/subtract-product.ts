/** Part of a row-major matrix: it begins at index `start`, and its rows are `stride` apart. */
export interface Panel {
  readonly values: Float64Array
  readonly start: number
  readonly stride: number
}

/** C `[rows, columns]`, A `[rows, inner]`, B `[inner, columns]` */
export interface ProductSize {
  readonly rows: number
  readonly columns: number
  readonly inner: number
}

/**
 * C -= A B in float64, always in the same order. Most of the time of every method here that uses Σ x xᵀ is spent in it.
 * Two rows of C take four rows of B at a time, so that a number that is read is used more than once.
 */
export function subtractProduct(c: Panel, a: Panel, b: Panel, { rows, columns, inner }: ProductSize): void {
  for (let k = 0; k < inner; k += 4) {
    const fours = k + 4 <= inner
    for (let row = 0; row < rows; row += 2) {
      if (fours && row + 2 <= rows) subtractTile(c, a, b, row, k, columns)
      else subtractEdge(c, a, b, { row, k, rows: Math.min(2, rows - row), inner: Math.min(4, inner - k), columns })
    }
  }
}

function subtractTile(c: Panel, a: Panel, b: Panel, row: number, k: number, columns: number): void {
  const [coefficients, matrix, target] = [a.values, b.values, c.values]
  const a0 = a.start + row * a.stride + k
  const a1 = a0 + a.stride
  const p0 = coefficients[a0]!
  const p1 = coefficients[a0 + 1]!
  const p2 = coefficients[a0 + 2]!
  const p3 = coefficients[a0 + 3]!
  const q0 = coefficients[a1]!
  const q1 = coefficients[a1 + 1]!
  const q2 = coefficients[a1 + 2]!
  const q3 = coefficients[a1 + 3]!
  const b0 = b.start + k * b.stride
  const b1 = b0 + b.stride
  const b2 = b1 + b.stride
  const b3 = b2 + b.stride
  const c0 = c.start + row * c.stride
  const c1 = c0 + c.stride
  for (let j = 0; j < columns; j++) {
    const m0 = matrix[b0 + j]!
    const m1 = matrix[b1 + j]!
    const m2 = matrix[b2 + j]!
    const m3 = matrix[b3 + j]!
    target[c0 + j]! -= p0 * m0 + p1 * m1 + (p2 * m2 + p3 * m3)
    target[c1 + j]! -= q0 * m0 + q1 * m1 + (q2 * m2 + q3 * m3)
  }
}

/** A tile that is cut short by the edge. */
interface Edge extends ProductSize {
  readonly row: number
  readonly k: number
}

function subtractEdge(c: Panel, a: Panel, b: Panel, { row, k, rows, inner, columns }: Edge): void {
  for (let i = row; i < row + rows; i++) {
    const target = c.start + i * c.stride
    for (let each = k; each < k + inner; each++) {
      const coefficient = a.values[a.start + i * a.stride + each]!
      const source = b.start + each * b.stride
      for (let j = 0; j < columns; j++) c.values[target + j]! -= coefficient * b.values[source + j]!
    }
  }
}
