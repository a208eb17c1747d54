const unknown = 0
const letter = 1
const number = 2
const space = 3
const other = 4

const isLetter = /^\p{L}$/u
const isNumber = /^\p{N}$/u
const isSpace = /^\p{White_Space}$/u
const contraction = /'(?:[stmd]|re|ve|ll)/y

/** The class of each character of the basic plane, filled in when it is first seen. */
const classes = new Uint8Array(0x10000)

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint)
  if (isLetter.test(character)) return letter
  if (isNumber.test(character)) return number
  return isSpace.test(character) ? space : other
}

function classOf(codePoint: number): number {
  if (codePoint > 0xffff) return classify(codePoint)
  const known = classes[codePoint] as number
  if (known !== unknown) return known
  const found = classify(codePoint)
  classes[codePoint] = found
  return found
}

/** Where the run of characters of one class that starts at `start` ends. */
function runEnd(text: string, start: number, kind: number): number {
  let end = start
  while (end < text.length) {
    const codePoint = text.codePointAt(end) as number
    if (classOf(codePoint) !== kind) break
    end += codePoint > 0xffff ? 2 : 1
  }
  return end
}

/**
 * Where the word that starts at `start` ends. Words never merge into one another; they are the matches of GPT-2's pattern
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * with Unicode's White_Space for \s: a word carries the one space before it; of several spaces the last goes with the
 * word that follows. Scanned by hand because a regular expression overflows its stack on a word of ten million letters.
 *
 * @param start a position in the text, < text.length
 * @see Radford et al. 2019, section 2.2
 */
export function wordEnd(text: string, start: number): number {
  const first = text.codePointAt(start) as number
  if (first === 0x27) {
    contraction.lastIndex = start
    if (contraction.test(text)) return contraction.lastIndex
  }
  const kind = classOf(first)
  if (kind !== space) return runEnd(text, start, kind)
  const next = start + 1 < text.length ? classOf(text.codePointAt(start + 1) as number) : space
  if (first === 0x20 && next !== space) return runEnd(text, start + 1, next)
  const end = runEnd(text, start, space)
  return end === text.length || end === start + 1 ? end : end - 1
}
