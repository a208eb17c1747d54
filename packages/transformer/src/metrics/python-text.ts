/** What `str.split()` of Python, in which sacreBLEU is written, takes for white space. */
const whiteSpace = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u

/** The parts of a text between white space; none of an empty text. */
export function words(text: string): string[] {
  return text.split(whiteSpace).filter((word) => word !== '')
}

/** A text without the white space at its end. */
export function withoutEnd(text: string): string {
  let end = text.length
  while (end > 0 && whiteSpace.test(text[end - 1]!)) end--
  return text.slice(0, end)
}

/** A number with so many digits after the point, ties to the even digit, where `toFixed` rounds them up. */
export function formatFixed(x: number, digits: number): string {
  const rounded = x.toFixed(digits)
  const rest = x.toFixed(100).split('.')[1]!.slice(digits)
  const isTie = /^50*$/.test(rest)
  return isTie && Number(rounded.at(-1)) % 2 === 1 ? (Number(rounded) - 10 ** -digits).toFixed(digits) : rounded
}
