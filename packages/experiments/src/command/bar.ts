const length = 24

/** A share from 0 to 1, drawn. */
export function bar(share: number): string {
  const full = Math.round(share * length)
  return '█'.repeat(full) + '░'.repeat(length - full)
}
