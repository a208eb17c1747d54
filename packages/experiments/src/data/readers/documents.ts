import type { Line } from './lines.ts'
import { longestLine } from './lines.ts'

/** So much text, in characters, without a blank line means that each line is a document. */
const enoughToTell = 16 * 2 ** 20

/**
 * The documents of a plain text: what blank lines separate, or each line of a file that has no blank line between texts
 * in its first 16 million characters. A document is where its first line is.
 *
 * @param enough characters after which a file without a blank line is taken to have documents of a line
 */
export async function* documentsOf(lines: AsyncIterable<Line>, enough: number = enoughToTell): AsyncGenerator<Line> {
  let paragraph: Line[] = []
  let characters = 0
  let separatedBy: 'line' | 'blank' | undefined
  let afterBlank = false
  for await (const line of lines) {
    if (line.text.trim() === '') {
      afterBlank = paragraph.length > 0
      continue
    }
    if (afterBlank && separatedBy !== 'line') {
      separatedBy = 'blank'
      yield joined(paragraph)
      paragraph = []
      characters = 0
    }
    afterBlank = false
    paragraph.push(line)
    characters += line.text.length
    if (separatedBy === undefined && characters > enough) separatedBy = 'line'
    if (separatedBy === 'line') {
      yield* paragraph
      paragraph = []
    } else if (characters > longestLine) {
      // A paragraph has the bounds of a line: what follows is another document.
      yield joined(paragraph)
      paragraph = []
      characters = 0
    }
  }
  if (separatedBy === 'blank' && paragraph.length > 0) yield joined(paragraph)
  else yield* paragraph
}

function joined(paragraph: readonly Line[]): Line {
  return { text: paragraph.map(({ text }) => text).join('\n'), line: (paragraph[0] as Line).line }
}
