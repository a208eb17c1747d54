import { type Job, SharedJob, spinUntil } from './job.ts'
import { startThread, type Thread } from './start.ts'

type Call = (...args: number[]) => void

/** Microseconds that a worker waits for the next job before it sleeps: few gaps in a training step are longer. */
const workerPatience = 100

/** The same for the caller, at the end of a job. */
const callerPatience = 50

/** Milliseconds that the caller sleeps before it looks again. */
const nap = 500

export interface CrewOptions {
  readonly module: WebAssembly.Module
  /** shared */
  readonly memory: WebAssembly.Memory
  /** with the caller; > 1 */
  readonly threads: number
  /** how workers are started; `startThread` by default */
  readonly start?: typeof startThread
  /** milliseconds without any progress after which a job is given up; 60,000 by default */
  readonly mostSilence?: number
}

/** The caller's thread and its workers, which do jobs together. */
export class Crew {
  readonly threads: number
  readonly #job: SharedJob = new SharedJob()
  readonly #places: ReadonlyMap<string, number>
  #workers: readonly Thread[] = []
  /** Why there will be no more jobs. */
  #failure: string | undefined
  readonly #mostSilence: number
  #closed = false
  #maySleep = true

  private constructor({ module, threads, mostSilence = 60_000 }: CrewOptions) {
    this.threads = threads
    this.#mostSilence = mostSilence
    this.#places = new Map(WebAssembly.Module.exports(module).map(({ name }, place) => [name, place]))
  }

  /** Starts the workers, all at once. */
  static async start(options: CrewOptions): Promise<Crew> {
    const { module, memory, threads, start = startThread } = options
    const crew = new Crew(options)
    const shared = crew.#job.buffer
    const starts = Array.from({ length: threads - 1 }, (_, index): Promise<Thread> => {
      const thread = index + 1
      const given = { module, memory, shared, thread, patience: workerPatience }
      return start(given, (reason) => crew.#lose(thread, reason))
    })
    const results = await Promise.allSettled(starts)
    crew.#workers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = results.find((result) => result.status === 'rejected')
    if (!failed) return crew
    await crew.close()
    throw new Error(`openBackend('wasm'): a thread did not start: ${failed.reason.message}`, { cause: failed.reason })
  }

  /**
   * Does a job on all threads, this one included, where `call` does a range of items.
   *
   * @throws Error that names the kernel and the thread if it failed in one; if a thread is no more, also for every
   *   later job
   */
  run(kernel: string, call: Call, given: Omit<Job, 'kernel' | 'threads'>): void {
    if (this.#failure) throw new Error(this.#failure)
    const shared = this.#job
    const { leading } = given
    const job: Job = { ...given, kernel: this.#places.get(kernel)!, threads: this.threads }
    shared.open(job)
    let cause: unknown
    try {
      shared.takeRanges(job, (start, end) => call(...leading, start, end))
    } catch (error) {
      cause = error
      shared.break(0, String(error))
    }
    shared.close()
    this.#join(kernel)
    const broken = shared.broken()
    if (!broken) return
    const which = `thread ${broken.thread} of ${this.threads}`
    throw new Error(`wasm kernel ${kernel}: ${which} failed: ${broken.message}`, { cause })
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    this.#closed = true
    this.#failure ??= 'the threads were closed'
    const workers = this.#workers
    this.#workers = []
    await Promise.all(workers.map((worker) => worker.end()))
  }

  /** Waits until no worker is at the job, or one never will be done. */
  #join(kernel: string): void {
    const shared = this.#job
    if (!spinUntil(() => shared.isLeft(), callerPatience) && !this.#sleepUntilLeft()) {
      this.#lose(0, `no answer for ${this.#mostSilence / 1000} s in kernel ${kernel}`)
    }
    const ended = shared.load('ended')
    if (ended) this.#lose(ended, `it ended in kernel ${kernel}`)
    if (this.#failure) throw new Error(this.#failure)
  }

  #sleepUntilLeft(): boolean {
    const shared = this.#job
    shared.store('waiting', 1)
    let active = shared.load('active')
    for (let silence = 0; !shared.isLeft() && silence < this.#mostSilence; silence += nap) {
      this.#nap(active)
      const now = shared.load('active')
      if (now !== active) silence = 0
      active = now
    }
    shared.store('waiting', 0)
    return shared.isLeft()
  }

  /** Sleeps until the number of active threads is another; the main thread of a page, which may not sleep, looks. */
  #nap(active: number): void {
    if (this.#maySleep) {
      try {
        this.#job.sleep('active', active, nap)
        return
      } catch {
        this.#maySleep = false
      }
    }
    spinUntil(() => this.#job.isLeft(), nap * 1000)
  }

  #lose(thread: number, reason: string): void {
    if (this.#closed) return
    const which = thread > 0 ? `thread ${thread} of ${this.threads}` : `one of ${this.threads} threads`
    this.#failure ??= `wasm backend: ${which} is no more (${reason}); close this backend and open another one`
  }
}
