/** What to type to run this command again. */
export function sameCommand(): string {
  return ['npx tlc', ...process.argv.slice(2).map(quoted)].join(' ')
}

/** A word as a shell takes it whole. */
export function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
