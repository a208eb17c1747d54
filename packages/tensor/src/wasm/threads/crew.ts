import { type Job, SharedJob, spinUntil } from './job.ts'
import { startThread, type Thread } from './start.ts'

type Call = (...args: number[]) => void

/** Microseconds that a thread waits for the next job, and the caller for the threads, before it sleeps. */
const patience = 50

/** Milliseconds of one sleep of the caller, and how many without any progress make it give up on a thread. */
const nap = 1000
const mostNaps = 60

export interface CrewOptions {
  readonly module: WebAssembly.Module
  /** shared */
  readonly memory: WebAssembly.Memory
  /** with the caller; > 1 */
  readonly threads: number
}

/** The caller's thread and its workers, which do jobs together. */
export class Crew {
  readonly threads: number
  readonly #job: SharedJob = new SharedJob()
  readonly #places: ReadonlyMap<string, number>
  #workers: readonly Thread[] = []
  /** Why there will be no more jobs. */
  #failure: string | undefined
  #closed = false
  #mayWait = true

  private constructor(module: WebAssembly.Module, threads: number) {
    this.threads = threads
    this.#places = new Map(WebAssembly.Module.exports(module).map(({ name }, place) => [name, place]))
  }

  /** Starts the workers, all at once. */
  static async start({ module, memory, threads }: CrewOptions): Promise<Crew> {
    const crew = new Crew(module, threads)
    const shared = crew.#job.buffer
    const started = Array.from({ length: threads - 1 }, (_, index) => {
      const thread = index + 1
      return startThread({ module, memory, shared, thread, patience }, (reason) => crew.#lose(thread, reason))
    })
    const results = await Promise.allSettled(started)
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
    shared.write(job)
    shared.store('next', 0)
    shared.add('jobs', 1)
    if (shared.load('asleep')) shared.wake('jobs')
    try {
      shared.takeRanges(job, (start, end) => call(...leading, start, end))
    } finally {
      shared.takeNoMore()
      shared.add('jobs', 1)
      this.#join(kernel)
    }
    const broken = shared.load('broken')
    if (broken) {
      shared.store('broken', 0)
      throw new Error(`wasm kernel ${kernel}: thread ${broken} of ${this.threads} failed: ${shared.message}`)
    }
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    this.#closed = true
    this.#failure ??= 'the threads were closed'
    const workers = this.#workers
    this.#workers = []
    await Promise.all(workers.map((worker) => worker.end()))
  }

  /** Waits until no worker is at the job. */
  #join(kernel: string): void {
    const shared = this.#job
    const over = () => shared.load('active') === 0 || shared.load('ended') !== 0
    if (!spinUntil(over, patience)) {
      shared.store('waiting', 1)
      for (let naps = 0, active = shared.load('active'); !over() && naps < mostNaps; naps++) {
        this.#nap(active, over)
        const left = shared.load('active')
        if (left !== active) naps = 0
        active = left
      }
      shared.store('waiting', 0)
    }
    const ended = shared.load('ended')
    if (ended) this.#lose(ended, `it ended in kernel ${kernel}`)
    else if (!over()) this.#lose(0, `no answer within ${(nap * mostNaps) / 1000} s in kernel ${kernel}`)
    if (this.#failure) throw new Error(this.#failure)
  }

  /** Sleeps until the number of active threads is another; the main thread of a page, which may not sleep, looks. */
  #nap(active: number, over: () => boolean): void {
    if (this.#mayWait) {
      try {
        this.#job.sleep('active', active, nap)
        return
      } catch {
        this.#mayWait = false
      }
    }
    spinUntil(over, nap * 1000)
  }

  #lose(thread: number, reason: string): void {
    if (this.#closed) return
    const which = thread > 0 ? `thread ${thread} of ${this.threads}` : `one of ${this.threads} threads`
    this.#failure ??= `wasm backend: ${which} is no more (${reason}); close this backend and open another one`
  }
}
