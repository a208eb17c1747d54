import { UserError } from '../user-error.ts'

/** A line longer than this is no text that a model could read. */
const longestLine = 16 * 2 ** 20

/**
 * The lines of a stream as they come, in groups: what has come together is worked on together, and whoever types line by
 * line is answered line by line.
 *
 * @param most lines of a group
 * @throws UserError for bytes that are not UTF-8, and a line without end
 */
async function* groupsOfLines(stream: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined })
    } catch (cause) {
      throw new UserError('standard input is not UTF-8; convert it, for example with: iconv -t UTF-8', { cause })
    }
  }
  let rest: string[] = [] // parts of a line that has not ended yet
  let length = 0
  for await (const chunk of stream) {
    const lines = decode(chunk).split('\n')
    const begun = lines.pop()!
    if (lines.length > 0) {
      lines[0] = rest.join('') + lines[0]!
      rest = []
      length = 0
    }
    rest.push(begun)
    length += begun.length
    if (length > longestLine)
      throw new UserError(
        `standard input has a line of more than ${longestLine} characters; expected one text on each line`,
      )
    yield* groups(lines, most)
  }
  rest.push(decode())
  const last = rest.join('')
  if (last !== '') yield* groups([last], most)
}

function* groups(lines: readonly string[], most: number): Generator<string[]> {
  for (let start = 0; start < lines.length; start += most)
    yield lines.slice(start, start + most).map((line) => line.replace(/\r$/, ''))
}

/** Texts that were given in the command, or else the lines of standard input. */
export async function* textsOf(given: readonly string[], most: number): AsyncGenerator<string[]> {
  if (given.length > 0) {
    yield* groups(given, most)
    return
  }
  if (process.stdin.isTTY) console.error('reading lines from the keyboard; Ctrl-D ends')
  yield* groupsOfLines(process.stdin, most)
}

/** The lines of standard input, those without text left out. */
export async function* linesOfInput(): AsyncGenerator<string> {
  for await (const group of textsOf([], 1000)) yield* group.filter((line) => line.trim() !== '')
}
