const quote = 0x22
const comma = 0x2c
const backslash = 0x5c

/** What a byte outside strings does to the depth of nesting: `[` and `{` add one, `]` and `}` take one. */
const nesting = Int8Array.from({ length: 256 }, (_, byte) => (byte === 0x5b || byte === 0x7b ? 1 : 0))
nesting[0x5d] = -1
nesting[0x7d] = -1

/**
 * The elements of a JSON array, one by one, so that a large file is neither held whole nor parsed in one go.
 *
 * @throws SyntaxError for what is not JSON
 * @throws Error if it is no array, or cut short
 */
export async function* jsonArray(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let depth = 0
  let inString = false
  let isEscaped = false
  let isOver = false
  let found = 0
  let pending: Uint8Array[] = []
  const element = (last: Uint8Array): string => {
    const text = Buffer.concat([...pending, last])
      .toString()
      .trim()
    pending = []
    return text
  }
  for await (const piece of pieces) {
    let start = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] as number
      if (inString) {
        inString = isEscaped || byte !== quote
        isEscaped = !isEscaped && byte === backslash
        continue
      }
      inString = byte === quote
      const before = depth
      depth += nesting[byte] as number
      if (before === 0 && depth === 1) {
        if (isOver || element(piece.subarray(start, at)) !== '' || byte !== 0x5b)
          throw new Error('expected one JSON array')
        start = at + 1
      } else if (depth === 0 || (depth === 1 && byte === comma)) {
        if (before === 0) continue
        const text = element(piece.subarray(start, at))
        if (text !== '' || byte === comma || found > 0) yield JSON.parse(text)
        found++
        isOver = depth === 0
        start = at + 1
      }
    }
    pending.push(piece.subarray(start))
  }
  if (!isOver || element(new Uint8Array()) !== '') throw new Error('expected one JSON array, not cut short')
}
