import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../bin/tlc.js', import.meta.url))
if (!existsSync(new URL('../dist/command/main.js', import.meta.url))) {
  throw new Error('these tests run the built command: npm run build first')
}

/** How the command ended, and what it said. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command while it runs, at the head of a process group of its own. */
export interface Running {
  readonly child: ChildProcess
  readonly outcome: Promise<Outcome>
  /** resolves with the first line of standard output that is wanted; rejects if the command ends before */
  line(wanted: (event: Event) => boolean): Promise<Event>
}

/** A line of `--json`. */
export type Event = Readonly<Record<string, unknown>>

export interface TlcOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** a shell's limits to run under, like `ulimit -f 8` */
  readonly limit?: string
  /** what comes on standard input; nothing by default */
  readonly input?: string | Uint8Array
}

/** An empty directory for a file of tests; also what the command caches goes there, if it is given as `TLC_CACHE`. */
export function scratch(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tlc-test-'))
}

/** Starts the command as a user would. */
export function start(parameters: readonly string[], { environment, limit, input }: TlcOptions = {}): Running {
  const command = [process.execPath, bin, ...parameters]
  const [file, ...rest] = limit === undefined ? command : ['bash', '-c', `${limit}; exec "$@"`, 'bash', ...command]
  const child = spawn(file!, rest, {
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...environment },
  })
  child.stdin?.end(input)
  const { stdout: out, stderr: err } = child as ChildProcess & { readonly stdout: Readable; readonly stderr: Readable }
  let stdout = ''
  let stderr = ''
  out.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  err.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const outcome = once(child, 'close').then(([status]) => ({ status: status as number | null, stdout, stderr }))
  return {
    child,
    outcome,
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const lines = stdout.split('\n').slice(0, -1)
          const found = lines.map((line) => JSON.parse(line) as Event).find(wanted)
          if (found) resolve(found)
        }
        out.on('data', look)
        child.once('close', () => reject(new Error(`tlc ended without the line that was waited for: ${stderr}`)))
        look()
      }),
  }
}

/** Runs the command to its end. */
export function tlc(parameters: readonly string[], options?: TlcOptions): Promise<Outcome> {
  return start(parameters, options).outcome
}

/** Kills the command and all processes that it started, as a power cut would. */
export async function killTree({ child, outcome }: Running): Promise<void> {
  process.kill(-child.pid!, 'SIGKILL')
  await outcome
}
