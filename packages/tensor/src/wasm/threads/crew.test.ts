import { afterEach, expect, test } from 'vitest'
import { Machine } from '../machine.ts'
import { compile, createMemory, instantiate } from '../module.ts'
import { Crew, type CrewOptions } from './crew.ts'
import { SharedJob } from './job.ts'
import { startThread, type Thread } from './start.ts'
import { leave } from './thread.ts'

const crews: Crew[] = []

afterEach(async () => {
  await Promise.all(crews.splice(0).map((crew) => crew.close()))
})

async function open(options: Partial<CrewOptions> = {}): Promise<{ machine: Machine; crew: Crew }> {
  const memory = createMemory(true)
  const module = await compile('simd', { shared: true })
  const crew = await Crew.start({ module, memory, threads: 2, ...options })
  crews.push(crew)
  return { machine: new Machine(await instantiate(module, memory), memory, { crew }), crew }
}

/** Negates a million numbers, on all threads; whether each of them was. */
function negates({ machine }: { readonly machine: Machine }): boolean {
  const size = 2 ** 20
  return machine.withScratch(8 * size, (from) => {
    machine.view('f32', from, size).fill(3)
    machine.run('neg', size, 2 ** 14, from, from + 4 * size)
    return machine.view('f32', from + 4 * size, size).every((value) => value === -3)
  })
}

/** Repeats something until it is true: on a busy machine a worker is late for many jobs. */
function until(isTrue: () => boolean): void {
  const end = performance.now() + 30_000
  while (!isTrue()) expect(performance.now(), 'a worker takes part within 30 s').toBeLessThan(end)
}

/** The first error of a job that is done until it fails. */
function failureOf(job: () => void): string {
  let error: unknown
  until(() => {
    try {
      job()
    } catch (caught) {
      error = caught
    }
    return error !== undefined
  })
  return String(error)
}

test('workers come to help, awake or asleep, with ranges that begin at multiples of the grain', async () => {
  const { machine, crew } = await open()
  const items = 2 ** 18
  const leading = [machine.pool.allocate(4 * items), machine.pool.allocate(4 * items)]
  for (let round = 0; round < 3; round++) {
    until(() => {
      const done: [number, number][] = []
      const call = (...args: number[]): void => {
        done.push(args.slice(-2) as [number, number])
        machine.exports.neg(...(args as [number, number, number, number]))
      }
      crew.run('neg', call, { items, grain: 1024, arenas: 0, arenaBytes: 0, leading })
      expect(done.every(([start]) => start % 1024 === 0)).toBe(true)
      return done.reduce((sum, [start, end]) => sum + end - start, 0) < items
    })
    // Long enough for workers to fall asleep.
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

test('memory that grew after the workers started is theirs too', async () => {
  const opened = await open()
  expect(negates(opened)).toBe(true)
  opened.machine.pool.allocate(2 ** 28)
  expect(negates(opened)).toBe(true)
})

/** Takes so long over a range that a worker, however late it wakes, finds some left. */
function dawdle(): void {
  for (const end = performance.now() + 0.2; performance.now() < end; );
}

test('a kernel that fails in a worker is an error with its name and the thread, and the next job is done', async () => {
  const opened = await open()
  // Only workers look for an arena: there is none at this address.
  const given = { items: 1000, grain: 1, arenas: 2 ** 31, arenaBytes: 64, leading: [] }
  const failure = failureOf(() => opened.crew.run('neg', dawdle, given))
  expect(failure).toMatch(/wasm kernel neg: thread 1 of 2 failed: RuntimeError: memory access out of bounds/)
  expect(negates(opened)).toBe(true)
})

test('a kernel that fails in the calling thread is such an error too', async () => {
  const opened = await open()
  const call = (): never => {
    throw new RangeError('no such place')
  }
  const given = { items: 2, grain: 1, arenas: 0, arenaBytes: 0, leading: [0, 0] }
  const failure = failureOf(() => opened.crew.run('neg', call, given))
  expect(failure).toMatch(/wasm kernel neg: thread 0 of 2 failed: RangeError: no such place/)
  expect(negates(opened)).toBe(true)
})

test('a worker that ended is an error that names it, at once and later', async () => {
  const threads: Thread[] = []
  const start: typeof startThread = async (...given) => {
    threads.push(await startThread(...given))
    return threads.at(-1)!
  }
  const opened = await open({ threads: 3, start })
  await threads[1]!.end()
  for (let time = 0; time < 2; time++) {
    expect(() => negates(opened)).toThrow(
      /wasm backend: thread [12] of 3 is no more \(exit code 1\); close this backend/,
    )
  }
})

test('a worker that ends while the caller waits for it is an error, no hang', async () => {
  const opened = await open({
    start: async (given) => {
      const job = new SharedJob(given.shared)
      job.add('active', 1)
      leave(given)
      return { end: async () => undefined }
    },
  })
  expect(() => negates(opened)).toThrow(/thread 1 of 2 is no more \(it ended in kernel neg\)/)
})

test('a worker that does not answer is given up in the end', async () => {
  const opened = await open({
    mostSilence: 600,
    start: async (given) => {
      new SharedJob(given.shared).add('active', 1)
      return { end: async () => undefined }
    },
  })
  expect(() => negates(opened)).toThrow(/one of 2 threads is no more \(no answer for 0.6 s in kernel neg\)/)
})

test('a worker that cannot start is an error with the reason', async () => {
  const start: typeof startThread = () => Promise.reject(new Error('no more threads'))
  await expect(open({ start })).rejects.toThrow(/a thread did not start: no more threads/)
})
