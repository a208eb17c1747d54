import { open, readFile } from 'node:fs/promises'
import { UserError } from '../user-error.ts'
import { canonicalJson } from './canonical-json.ts'
import { explained } from './file-error.ts'

/** One line of `metrics.jsonl`: plain values under names. */
export type Metrics = Readonly<Record<string, unknown>>

/** A line and the byte of the file at which it ends. */
export interface MetricsLine {
  readonly metrics: Metrics
  readonly end: number
}

/**
 * The complete lines of a log. What follows them is the torn end of a process that was killed while it wrote; it is left out.
 *
 * @throws UserError when a complete line is no JSON object: that is damage, not a kill
 */
export async function readMetrics(path: string): Promise<MetricsLine[]> {
  const content = await explained(`read ${path}`, () =>
    readFile(path).catch((error: NodeJS.ErrnoException) => missing(error)),
  )
  const lines: MetricsLine[] = []
  for (let start = 0, end = content.indexOf(0x0a) + 1; end > 0; start = end, end = content.indexOf(0x0a, start) + 1) {
    lines.push({ metrics: parseLine(content.toString('utf8', start, end - 1), `${path}:${lines.length + 1}`), end })
  }
  return lines
}

function missing(error: NodeJS.ErrnoException): Buffer {
  if (error.code !== 'ENOENT') throw error
  return Buffer.alloc(0)
}

function parseLine(text: string, place: string): Metrics {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Metrics
  throw new UserError(
    `${place} is damaged: expected a JSON object on one line, got ${JSON.stringify(text.slice(0, 40))}. Delete the run's directory to start it afresh`,
  )
}

/** Cuts the file to its first `bytes` bytes. */
export async function truncate(path: string, bytes: number): Promise<void> {
  await explained(`write ${path}`, async () => {
    const file = await open(path, 'a')
    try {
      await file.truncate(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

/**
 * Adds a line to a log that ends at byte `end`. A write that fails half-way (a full disk) is taken back.
 *
 * @throws TypeError when a value is not finite or not plain; nothing is written then
 */
export async function appendMetrics(path: string, end: number, metrics: Metrics): Promise<MetricsLine> {
  const line = Buffer.from(`${canonicalJson(metrics)}\n`)
  await explained(`write ${path}`, async () => {
    const file = await open(path, 'a')
    try {
      await file.writeFile(line)
    } catch (error) {
      await file.truncate(end).catch(() => undefined) // if even that fails, the torn end is cut off at the next start
      throw error
    } finally {
      await file.close()
    }
  })
  return { metrics, end: end + line.length }
}
