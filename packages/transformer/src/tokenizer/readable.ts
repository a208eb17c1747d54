/** V8 cuts words this long out of a text as a view that keeps the whole text alive. */
const shortestView = 13
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text as the tokenizer reads it: well-formed Unicode, with a space in front if asked for. */
export function readable(text: string, addPrefixSpace: boolean): string {
  const wellFormed = text.toWellFormed()
  return addPrefixSpace && wellFormed !== '' && !wellFormed.startsWith(' ') ? ` ${wellFormed}` : wellFormed
}

/** The same characters in memory of their own. */
export function copyOf(word: string): string {
  return word.length < shortestView ? word : decoder.decode(encoder.encode(word))
}
