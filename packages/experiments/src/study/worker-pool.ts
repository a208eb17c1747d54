import { type ChildProcess, fork } from 'node:child_process'
import { UserError } from '../user-error.ts'
import type { Report } from './messages.ts'
import type { Task } from './tasks.ts'

/** Hears how far a task is: a share of it from 0 to 1, and what it is at. */
export type OnProgress = (done: number, note: string) => void

/**
 * Runs tasks in processes of their own, a fixed number at a time, so that sizes train side by side on the cores there
 * are. A process that dies fails its task with an error that says so; `close` ends them all.
 */
export class WorkerPool {
  readonly #idle: ChildProcess[] = []
  readonly #all = new Set<ChildProcess>()
  readonly #waiting: (() => void)[] = []
  readonly processes: number
  #free: number
  #closed = false

  constructor(processes: number) {
    this.processes = processes
    this.#free = processes
  }

  /** Does a task as soon as a process is free. */
  async run(task: Task, onProgress: OnProgress): Promise<void> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free--
    try {
      if (this.#closed) throw new UserError(`${nameOf(task)} was not begun: the study was stopped before`)
      await this.#order(task, onProgress)
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }

  /** Ends all processes, and begins no other. */
  close(): void {
    this.#closed = true
    for (const child of this.#all) child.kill('SIGTERM')
    this.#all.clear()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #order(task: Task, onProgress: OnProgress): Promise<void> {
    const child = this.#idle.pop() ?? this.#start()
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        child.off('message', hear)
        child.off('exit', died)
        child.off('error', failed)
        finish()
      }
      const failed = (error: Error): void => settle(() => reject(error))
      const died = (code: number | null, signal: string | null): void =>
        failed(
          new UserError(
            `${nameOf(task)}: its process ended (${signal ?? `exit code ${code}`}) before it was done; ` +
              'run the same command again to go on',
          ),
        )
      const hear = (report: Report): void => {
        if (report.kind === 'progress') {
          onProgress(report.done, report.note)
          return
        }
        settle(() => {
          this.#idle.push(child)
          if (report.kind === 'finished') resolve()
          else reject(asError(report))
        })
      }
      child.on('message', hear)
      child.once('exit', died)
      child.once('error', failed)
      child.send({ task })
    })
  }

  #start(): ChildProcess {
    // The same file extension as this one: .ts when run from source, .js when built.
    const entry = new URL(import.meta.url.replace('worker-pool', 'worker'))
    const child = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#all.add(child)
    child.once('exit', () => this.#all.delete(child))
    return child
  }
}

function nameOf({ kind, model }: Task): string {
  return `${kind} of ${model.name}`
}

function asError(report: Extract<Report, { kind: 'failed' }>): Error {
  if (report.forUser) return new UserError(report.message)
  const error = new Error(report.message)
  if (report.stack) error.stack = report.stack
  return error
}
