import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import type { WriteStream } from 'node:tty'

/** Knows from the progress of some work where it is, and says it for people. */
export interface Board<Progress> {
  /** @returns a remark, if something happened that is worth one */
  hear(progress: Progress): string | undefined
  /** where the work is, in one line */
  line(): string
  /** where the work is, in as many lines as it has parts */
  lines(): string[]
}

/** Shows people how far some work is. */
export interface ProgressDisplay<Progress> {
  hear(progress: Progress): void
  /** leaves the last state standing */
  end(): void
}

const millisecondsBetweenDrawings = 100
const millisecondsBetweenLines = 10_000

/** A picture that changes in place on a terminal; elsewhere (a file, a pipe) a line now and then. */
export function progressDisplay<Progress>(stream: WriteStream, board: Board<Progress>): ProgressDisplay<Progress> {
  return stream.isTTY ? liveDisplay(stream, board) : lineDisplay(stream, board)
}

function liveDisplay<Progress>(stream: WriteStream, board: Board<Progress>): ProgressDisplay<Progress> {
  let drawn = 0 // lines
  let last = -Infinity
  const draw = (): void => {
    last = performance.now()
    // What does not fit the window would pile up: lines that wrap, and more lines than there are.
    const { rows, columns } = sizeOf(stream)
    const lines = board
      .lines()
      .slice(-(rows - 1))
      .map((line) => line.slice(0, columns - 1))
    moveCursor(stream, 0, -drawn)
    cursorTo(stream, 0)
    clearScreenDown(stream)
    stream.write(`${lines.join('\n')}\n`)
    drawn = lines.length
  }
  return {
    hear(progress) {
      board.hear(progress)
      if (performance.now() - last >= millisecondsBetweenDrawings) draw()
    },
    end: draw,
  }
}

/** Terminals that do not tell their size say 0. */
function sizeOf({ rows, columns }: WriteStream): { readonly rows: number; readonly columns: number } {
  return { rows: rows > 1 ? rows : 24, columns: columns > 1 ? columns : 80 }
}

function lineDisplay<Progress>(stream: NodeJS.WritableStream, board: Board<Progress>): ProgressDisplay<Progress> {
  let last = -Infinity
  return {
    hear(progress) {
      const remark = board.hear(progress)
      if (remark !== undefined) stream.write(`${remark}\n`)
      if (performance.now() - last < millisecondsBetweenLines) return
      last = performance.now()
      stream.write(`${board.line()}\n`)
    },
    end: () => undefined,
  }
}
