import { UserError } from '../../user-error.ts'

/** A line without its end, and its number in the file from 1. */
export interface Line {
  readonly text: string
  readonly line: number
}

/** Longer lines are taken for a mistake: a file that is not lines of text. In bytes. */
export const longestLine: number = 64 * 2 ** 20

const newline = 10
const byteOrderMark = '\ufeff'

/**
 * The lines of UTF-8 text, without their ends (`\n` or `\r\n`) and without a byte order mark. Holds a line at a time and
 * takes time linear in the bytes, however they are cut into pieces.
 *
 * @param file what to call the text in errors
 * @param longest bytes of a line, at most
 * @throws UserError with file, line and byte for what is not UTF-8 text, and for a line that is too long
 */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  file: string,
  longest: number = longestLine,
): AsyncGenerator<Line> {
  const position = { file, line: 1, byte: 0 }
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  for await (const piece of pieces) {
    refuseBinary(piece, { ...position, byte: position.byte + pendingBytes })
    const end = piece.lastIndexOf(newline) + 1
    if (end > 0) {
      yield* take(Buffer.concat([...pending, piece.subarray(0, end)]), position, longest)
      pending = []
      pendingBytes = 0
    }
    if (end < piece.length) pending.push(piece.subarray(end))
    pendingBytes += piece.length - end
    if (pendingBytes > longest) throw tooLong(position, longest)
  }
  if (pendingBytes > 0) yield* take(Buffer.concat(pending), position, longest)
}

interface Position {
  readonly file: string
  line: number
  byte: number
}

/** The lines in bytes that end where a line does; moves the position behind them. */
function* take(bytes: Buffer, position: Position, longest: number): Generator<Line> {
  const text = decode(bytes, position)
  const lines = (position.byte === 0 && text.startsWith(byteOrderMark) ? text.slice(1) : text).split('\n')
  if (bytes.at(-1) === newline) lines.pop()
  for (const line of lines) {
    // No character has more than three bytes for each of its code units.
    if (3 * line.length > longest && Buffer.byteLength(line) > longest) throw tooLong(position, longest)
    yield { text: line.endsWith('\r') ? line.slice(0, -1) : line, line: position.line++ }
  }
  position.byte += bytes.length
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Buffer, position: Position): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    const wrong = firstInvalid(bytes)
    const value = (bytes[wrong] as number).toString(16).toUpperCase().padStart(2, '0')
    throw new UserError(
      `${whereIs(wrong, bytes, position)}: not UTF-8: 0x${value} at byte ${position.byte + wrong}; convert it, ` +
        'for example with: iconv -f WINDOWS-1252 -t UTF-8',
      { cause },
    )
  }
}

/** Where a lenient decoder put a replacement that is not in the bytes. */
function firstInvalid(bytes: Buffer): number {
  const text = bytes.toString('utf8')
  let byte = 0
  let from = 0
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', from)) {
    byte += Buffer.byteLength(text.slice(from, at))
    if (bytes.readUIntBE(byte, Math.min(3, bytes.length - byte)) !== 0xefbfbd) return byte
    byte += 3
    from = at + 1
  }
  return byte
}

function refuseBinary(piece: Uint8Array, position: Position): void {
  const at = piece.indexOf(0)
  if (at === -1) return
  throw new UserError(
    `${whereIs(at, piece, position)}: a binary file: a zero at byte ${position.byte + at}; expected UTF-8 text ` +
      '(compressed text is read if its name ends in .gz)',
  )
}

function whereIs(at: number, bytes: Uint8Array, { file, line }: Position): string {
  let newlines = 0
  for (let each = 0; each < at; each++) if (bytes[each] === newline) newlines++
  return `${file}:${line + newlines}`
}

function tooLong({ file, line }: Position, longest: number): UserError {
  return new UserError(
    `${file}:${line}: a line of more than ${longest} bytes; expected lines of text: break it up, or is it another format?`,
  )
}
