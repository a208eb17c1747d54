/**
 * Fails a run of tests in which Dawn warned of something. It writes past JavaScript, to the streams of the process that
 * runs a test, and vitest passes those on to its own. Vitest calls both functions.
 */

/** What Dawn says of commands. Its remarks on an adapter's limits are no fault of ours. */
const complaint = /^(Warning: (?!.*artificially reduced)|validation:|Error while |.*\bdeprecated\b.*Dawn).*$/gm

const complaints = new Set<string>()
const streams = [process.stdout, process.stderr] as const
const writes = streams.map(({ write }) => write)

export function setup(): void {
  streams.forEach((stream, i) => {
    stream.write = ((chunk: string | Uint8Array, ...rest: []): boolean => {
      for (const each of chunk.toString().match(complaint) ?? []) complaints.add(each)
      return writes[i]!.call(stream, chunk, ...rest)
    }) as typeof stream.write
  })
}

export function teardown(): void {
  streams.forEach((stream, i) => {
    stream.write = writes[i]!
  })
  if (complaints.size > 0) throw new Error(`Dawn complained, see above:\n${[...complaints].join('\n')}`)
}
