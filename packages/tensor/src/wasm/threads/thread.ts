import { SharedJob, spinUntil } from './job.ts'

/*
 * The program of a worker. `scripts/build-wasm.js` bundles it into a string, `generated/thread.ts`, because bundlers,
 * test runners, Node and browsers all start a worker from a string in the same way, and each from a file in another.
 */

/** What a worker is given to start with. */
export interface ThreadStart {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly shared: SharedArrayBuffer
  /** 1, 2, …; the caller is 0 */
  readonly thread: number
  /** microseconds that it waits for the next job before it sleeps */
  readonly patience: number
}

type Call = (...args: number[]) => void

/** Tells a caller that may be waiting that this thread takes part no more. */
export function leave({ shared, thread }: ThreadStart): void {
  const job = new SharedJob(shared)
  job.store('ended', thread)
  job.wake('active')
}

/** Instantiates the kernels; returns what takes part in jobs and never ends. */
export function prepare({ module, memory, shared, thread, patience }: ThreadStart): () => void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const kernels = WebAssembly.Module.exports(module).map(({ name }) => exports[name] as Call)
  const setArena = exports.setArena as Call
  const job = new SharedJob(shared)
  let arenaBytes = 0

  function work(): void {
    const given = job.read()
    // Arenas only ever become larger, so their size tells whether there are new ones.
    if (arenaBytes !== given.arenaBytes) setArena(given.arenas + thread * given.arenaBytes)
    arenaBytes = given.arenaBytes
    const kernel = kernels[given.kernel]!
    job.takeRanges(given, (start, end) => kernel(...given.leading, start, end))
  }

  /** The number of a job that is open and not `last`. */
  function nextJob(last: number): number {
    for (;;) {
      let jobs = last
      const isOpen = () => {
        jobs = job.load('jobs')
        return jobs !== last && jobs % 2 !== 0
      }
      if (spinUntil(isOpen, patience)) return jobs
      job.add('asleep', 1)
      job.sleep('jobs', jobs)
      job.add('asleep', -1)
    }
  }

  return () => {
    for (let last = 0; ; ) {
      last = nextJob(last)
      job.add('active', 1)
      try {
        if (job.isOpen()) work()
      } catch (error) {
        job.break(thread, String(error))
      }
      job.add('active', -1)
      if (job.load('waiting')) job.wake('active')
    }
  }
}
