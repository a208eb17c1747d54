import { wordEnd } from './words.ts'

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

/** How often each word occurs, in the order of first occurrence. */
export function countWords(
  texts: Iterable<string>,
  addPrefixSpace: boolean,
  onText?: (texts: number) => void,
): Map<string, number> {
  const counts = new Map<string, number>()
  let seen = 0
  for (const raw of texts) {
    const text = readable(raw, addPrefixSpace)
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = wordEnd(text, start)
      const word = text.slice(start, end)
      const count = counts.get(word)
      if (count === undefined) counts.set(copyOf(word), 1)
      else counts.set(word, count + 1)
    }
    onText?.(++seen)
  }
  return counts
}
