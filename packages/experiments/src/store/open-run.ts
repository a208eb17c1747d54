import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../user-error.ts'
import { writeFileAtomically } from './atomic-file.ts'
import { canonicalJson } from './canonical-json.ts'
import { explained } from './file-error.ts'
import { appendMetrics, type Metrics, type MetricsLine, readMetrics, truncate } from './metrics-log.ts'
import { lockDirectory } from './run-lock.ts'

export interface RunOptions {
  /** put before the hash in the directory's name, for people; does not change the run's identity */
  readonly label?: string
}

/** A run that is done: what it found, for ever. */
export interface FinishedRun<Result> {
  readonly finished: true
  readonly directory: string
  readonly result: Result
  metrics(): Metrics[]
}

/** A run to start, or to go on with. */
export interface UnfinishedRun<Result> {
  readonly finished: false
  readonly directory: string
  /** for checkpoints: exists, is the run's own, and is left alone by the store */
  readonly checkpointDirectory: string
  /** the lines written so far, by this process and those before it */
  metrics(): Metrics[]
  /** adds a line to `metrics.jsonl`; await it before the next */
  append(metrics: Metrics): Promise<void>
  /** forgets all but the first `count` lines: those that the checkpoint about to be resumed from had seen */
  keep(count: number): Promise<void>
  /** writes the result, which makes the run finished, and gives the directory back */
  finish(result: Result): Promise<void>
  /** gives the directory back without finishing */
  close(): Promise<void>
}

/** The first 16 hexadecimal digits of the SHA-256 of the configuration's canonical JSON. */
export function runHash(config: unknown): string {
  return createHash('sha256').update(canonicalJson(config)).digest('hex').slice(0, 16)
}

/**
 * Opens the run of a configuration: a directory under `root`, named by the hash of the configuration, with `config.json`, `metrics.jsonl`, `checkpoint/` and, once finished,
 * `result.json`. The same configuration always finds the same run, finished or not. An unfinished one is locked for this process
 * until `finish` or `close`; a torn last line of metrics is cut off.
 *
 * @typeParam Result plain data, written as JSON
 * @throws UserError when another process works on the run, the place is not writable, the disk is full, or a file is damaged
 */
export async function openRun<Result>(
  root: string,
  config: unknown,
  { label }: RunOptions = {},
): Promise<FinishedRun<Result> | UnfinishedRun<Result>> {
  const hash = runHash(config)
  const directory = join(root, label === undefined ? hash : `${label}-${hash}`)
  const resultPath = join(directory, 'result.json')
  const metricsPath = join(directory, 'metrics.jsonl')
  const before = await readJson<Result>(resultPath)
  if (before !== undefined)
    return { finished: true, directory, result: before, metrics: metricsOf(await readMetrics(metricsPath)) }
  const checkpointDirectory = join(directory, 'checkpoint')
  await explained(`make the directory ${checkpointDirectory}`, () => mkdir(checkpointDirectory, { recursive: true }))
  const release = await lockDirectory(directory)
  try {
    const meanwhile = await readJson<Result>(resultPath) // the process that held the lock may have finished it
    const lines = await readMetrics(metricsPath)
    if (meanwhile !== undefined) {
      await release()
      return { finished: true, directory, result: meanwhile, metrics: metricsOf(lines) }
    }
    await writeFileAtomically(
      join(directory, 'config.json'),
      `${JSON.stringify(JSON.parse(canonicalJson(config)), null, 2)}\n`,
    )
    await truncate(metricsPath, lines.at(-1)?.end ?? 0)
    return unfinishedRun({ directory, checkpointDirectory, resultPath, metricsPath, lines, release })
  } catch (error) {
    await release()
    throw error
  }
}

interface OpenState {
  readonly directory: string
  readonly checkpointDirectory: string
  readonly resultPath: string
  readonly metricsPath: string
  readonly lines: MetricsLine[]
  readonly release: () => Promise<void>
}

function unfinishedRun<Result>({
  directory,
  checkpointDirectory,
  resultPath,
  metricsPath,
  lines,
  release,
}: OpenState): UnfinishedRun<Result> {
  const end = () => lines.at(-1)?.end ?? 0
  let open = true
  const checkOpen = (method: string) => {
    if (!open) throw new Error(`run ${directory}: ${method} after the run was finished or closed`)
  }
  const close = async () => {
    open = false
    await release()
  }
  return {
    finished: false,
    directory,
    checkpointDirectory,
    metrics: metricsOf(lines),
    close,
    async append(metrics) {
      checkOpen('append')
      lines.push(await appendMetrics(metricsPath, end(), metrics))
    },
    async keep(count) {
      checkOpen('keep')
      if (count > lines.length)
        throw new UserError(
          `${metricsPath} has ${lines.length} lines, fewer than the ${count} that the checkpoint has seen. Delete ${directory} to start the run afresh`,
        )
      lines.length = count
      await truncate(metricsPath, end())
    },
    async finish(result) {
      checkOpen('finish')
      await writeFileAtomically(resultPath, `${canonicalJson(result)}\n`)
      await close()
    },
  }
}

function metricsOf(lines: readonly MetricsLine[]): () => Metrics[] {
  return () => lines.map(({ metrics }) => metrics)
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await explained(`read ${path}`, () =>
    readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    }),
  )
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new UserError(`${path} is damaged (${(cause as Error).message}). Delete it to run this part again`, { cause })
  }
}
