export interface LeastSquares {
  /** β, one per column of the design */
  readonly coefficients: readonly number[]
  /** √(s² (XᵀX)⁻¹ⱼⱼ), one per column; NaN when no degree of freedom is left to judge the noise */
  readonly standardErrors: readonly number[]
  /** Σ (y - Xβ)² */
  readonly residualSum: number
  /** rows - columns */
  readonly degreesOfFreedom: number
}

/**
 * Ordinary least squares: the β that minimizes ‖y - Xβ‖², by Householder's QR decomposition X = QR, β = R⁻¹Qᵀy,
 * which keeps the accuracy that the normal equations lose. Standard errors from s² = ‖y - Xβ‖² / (rows - columns).
 *
 * @param design X, one array of equal length per observation
 * @see Golub & Van Loan 2013, Matrix computations, algorithm 5.3.2
 */
export function leastSquares(design: readonly (readonly number[])[], y: readonly number[]): LeastSquares {
  const columns = design[0]?.length ?? 0
  check(design, y, columns)
  const matrix = design.map((row) => Float64Array.from(row))
  const target = Float64Array.from(y)
  for (let column = 0; column < columns; column++) reflect(matrix, target, column)
  const upper = invertTriangle(matrix, columns)
  const degreesOfFreedom = design.length - columns
  const residualSum = target.subarray(columns).reduce((sum, value) => sum + value * value, 0)
  const variance = degreesOfFreedom > 0 ? residualSum / degreesOfFreedom : Number.NaN
  return {
    coefficients: upper.map((row) => row.reduce((sum, value, index) => sum + value * (target[index] as number), 0)),
    standardErrors: upper.map((row) => Math.sqrt(variance * row.reduce((sum, value) => sum + value * value, 0))),
    residualSum,
    degreesOfFreedom,
  }
}

function check(design: readonly (readonly number[])[], y: readonly number[], columns: number): void {
  if (columns === 0 || design.length < columns) {
    throw new RangeError(
      `leastSquares: ${design.length} observations cannot fix ${columns} coefficients; give at least one per coefficient`,
    )
  }
  if (design.length !== y.length) {
    throw new RangeError(
      `leastSquares: the design has ${design.length} rows and y has ${y.length} values; they must be as many`,
    )
  }
  const bad = [...design.flat(), ...y].find((value) => !Number.isFinite(value))
  if (bad !== undefined) throw new RangeError(`leastSquares: every value must be finite, got ${bad}`)
}

/** Householder's reflection that makes the column zero below the diagonal, applied to the columns after it and to y. */
function reflect(matrix: Float64Array[], target: Float64Array, column: number): void {
  const entry = (row: number) => matrix[row]?.[column] as number
  const rows = matrix.length
  let scale = 0
  let norm = 0
  for (let row = 0; row < rows; row++) scale = Math.hypot(scale, entry(row))
  for (let row = column; row < rows; row++) norm = Math.hypot(norm, entry(row))
  if (norm <= scale * 1e-12) {
    throw new RangeError(
      `leastSquares: column ${column} of the design is a combination of those before it; leave it out`,
    )
  }
  const head = entry(column)
  const diagonal = head > 0 ? -norm : norm
  const direction = Float64Array.from({ length: rows }, (_, row) => (row < column ? 0 : entry(row)))
  direction[column] = head - diagonal
  const length = direction.reduce((sum, value) => sum + value * value, 0)
  const columns = matrix[0]?.length as number
  for (let other = column; other < columns; other++) {
    let dot = 0
    for (let row = column; row < rows; row++) dot += (direction[row] as number) * (matrix[row]?.[other] as number)
    for (let row = column; row < rows; row++) {
      const line = matrix[row] as Float64Array
      line[other] = (line[other] as number) - ((2 * dot) / length) * (direction[row] as number)
    }
  }
  let dot = 0
  for (let row = column; row < rows; row++) dot += (direction[row] as number) * (target[row] as number)
  for (let row = column; row < rows; row++) {
    target[row] = (target[row] as number) - ((2 * dot) / length) * (direction[row] as number)
  }
}

/** R⁻¹ of the upper triangle that the reflections left, by back substitution: [columns, columns] */
function invertTriangle(matrix: readonly Float64Array[], columns: number): number[][] {
  const inverse = Array.from({ length: columns }, () => new Array<number>(columns).fill(0))
  for (let column = 0; column < columns; column++) {
    for (let row = column; row >= 0; row--) {
      let sum = row === column ? 1 : 0
      for (let inner = row + 1; inner <= column; inner++)
        sum -= (matrix[row]?.[inner] as number) * (inverse[inner]?.[column] as number)
      const line = inverse[row] as number[]
      line[column] = sum / (matrix[row]?.[row] as number)
    }
  }
  return inverse
}
