/** The columns of a line with tabs between them, or what is wrong with it. */
export function readTabs(line: string, names: readonly string[]): string[] | string {
  const found = line.split('\t')
  const expected = names.join('<TAB>')
  if (found.length !== names.length) return `expected ${names.length} columns ${expected}, got ${found.length}`
  return found.some((column) => column.trim() === '') ? `expected ${expected}, got an empty column` : found
}
