/**
 * Lines of a table, its columns as wide as they need: the first ones to the left, the others, which are numbers, to the
 * right.
 *
 * @param left how many are words; all by default
 */
export function alignedColumns(rows: readonly (readonly string[])[], left: number = Infinity): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) => (column < left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}
