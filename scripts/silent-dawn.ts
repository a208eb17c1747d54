/**
 * Fails a run of tests in which Dawn warned of something. It writes past JavaScript, to the streams of the process that
 * runs a test, and vitest passes those on to its own.
 */

/** What Dawn says of commands. Its remarks on an adapter's limits are no fault of ours. */
const complaint = /^(Warning: (?!.*artificially reduced)|validation:|Error while |.*\bdeprecated\b.*Dawn).*$/gm

export default function watch(): () => void {
  const complaints: string[] = []
  const streams = [process.stdout, process.stderr] as const
  const restore = streams.map((stream) => {
    const { write } = stream
    stream.write = function (this: typeof stream, chunk: string | Uint8Array, ...rest: []): boolean {
      complaints.push(...(chunk.toString().match(complaint) ?? []))
      return write.call(this, chunk, ...rest)
    } as typeof write
    return () => {
      stream.write = write
    }
  })
  return () => {
    for (const each of restore) each()
    if (complaints.length === 0) return
    throw new Error(`Dawn complained, see above:\n${[...new Set(complaints)].join('\n')}`)
  }
}
