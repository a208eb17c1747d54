/**
 * Start and end of each token of a word in UTF-16 units, appended to `spans`. A token that is part of a character has that
 * whole character.
 *
 * @param place where the word starts
 * @param widths how many symbols of the word each token stands for, in order
 * @param hasSymbol whether a byte has a symbol; the others are in no token
 */
export function appendSpans(
  spans: number[],
  word: string,
  place: number,
  widths: Iterable<number>,
  hasSymbol: (byte: number) => boolean,
): void {
  const starts: number[] = []
  const ends: number[] = []
  const bytes = new Uint8Array(4)
  for (let at = 0, after = 0; at < word.length; at = after) {
    after = at + ((word.codePointAt(at) as number) > 0xffff ? 2 : 1)
    const { written } = encoder.encodeInto(word.slice(at, after), bytes)
    for (let byte = 0; byte < written; byte++) {
      if (!hasSymbol(bytes[byte] as number)) continue
      starts.push(place + at)
      ends.push(place + after)
    }
  }
  let symbol = 0
  for (const width of widths) {
    spans.push(starts[symbol] as number, ends[symbol + width - 1] as number)
    symbol += width
  }
}

const encoder = new TextEncoder()

/** Places in a text, from UTF-16 units to code points. */
export function toCodePoints(text: string, spans: readonly number[]): number[] {
  const converted = new Array<number>(spans.length)
  for (const side of [0, 1]) {
    // Starts are in order, and so are ends; both together are not.
    let at = 0
    let codePoints = 0
    for (let index = side; index < spans.length; index += 2) {
      for (const place = spans[index] as number; at < place; codePoints++) {
        at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1
      }
      converted[index] = codePoints
    }
  }
  return converted
}
