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
  const module = await compile('simd', true)
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

test('workers come to help, awake or asleep', async () => {
  const { machine, crew } = await open()
  const done: [number, number][] = []
  const call = (...args: number[]): void => {
    done.push(args.slice(-2) as [number, number])
    machine.exports.neg(...(args as [number, number, number, number]))
  }
  for (let job = 0; job < 300; job++) {
    // Now and then long enough for workers to fall asleep.
    if (job % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 20))
    const pointer = machine.pool.allocate(8 * 2 ** 18)
    crew.run('neg', call, {
      items: 2 ** 18,
      grain: 1024,
      arenas: 0,
      arenaBytes: 0,
      leading: [pointer, pointer + 2 ** 20],
    })
    machine.pool.free(pointer, 8 * 2 ** 18)
  }
  const itemsHere = done.reduce((sum, [start, end]) => sum + end - start, 0)
  expect(itemsHere).toBeLessThan(300 * 2 ** 18)
  expect(done.every(([start]) => start % 1024 === 0)).toBe(true)
})

test('memory that grew after the workers started is theirs too', async () => {
  const opened = await open()
  expect(negates(opened)).toBe(true)
  opened.machine.pool.allocate(2 ** 28)
  expect(negates(opened)).toBe(true)
})

test('a kernel that fails in a worker is an error with its name and the thread, and the next job is done', async () => {
  const opened = await open()
  const outside = 2 ** 31
  let error: unknown
  // Whether the worker is in time for a range differs from job to job.
  for (let time = 0; time < 1000 && error === undefined; time++) {
    try {
      // Only workers look for an arena: there is none at this address.
      const given = { items: 1000, grain: 1, arenas: outside, arenaBytes: 64, leading: [] }
      opened.crew.run('neg', () => undefined, given)
    } catch (caught) {
      error = caught
    }
  }
  expect(String(error)).toMatch(/wasm kernel neg: thread 1 of 2 failed: RuntimeError: memory access out of bounds/)
  expect(negates(opened)).toBe(true)
})

test('a kernel that fails in the calling thread is such an error too', async () => {
  const opened = await open()
  const call = (): never => {
    throw new RangeError('no such place')
  }
  const given = { items: 2, grain: 1, arenas: 0, arenaBytes: 0, leading: [0, 0] }
  let error: unknown
  for (let time = 0; time < 1000 && error === undefined; time++) {
    try {
      opened.crew.run('neg', call, given)
    } catch (caught) {
      error = caught
    }
  }
  expect(String(error)).toMatch(/wasm kernel neg: thread 0 of 2 failed: RangeError: no such place/)
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
