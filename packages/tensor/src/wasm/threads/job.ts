/*
 * What the threads of a crew share besides the memory of tensors: one job at a time, and who is at it.
 *
 * `jobs` is odd while a job is open. A thread that finds it so counts itself in (`active`), looks again, and only then
 * reads the job; the caller closes the job and then waits until nobody is counted in. All of these are sequentially
 * consistent, so either the thread sees that the job is closed, or the caller sees the thread. A thread that wakes too
 * late is not waited for.
 */

/** Counters, each on a cache line of its own (64 bytes). */
const slots = { jobs: 0, next: 16, active: 32, asleep: 48, waiting: 64, broken: 80, ended: 96 } as const

export type Slot = keyof typeof slots

const counterBytes = 112 * 4

/** Kernels take fewer arguments than this. */
const mostArguments = 40

/** Before the arguments: kernel, items, grain, threads, arenas, bytes of an arena, number of arguments. */
const headLength = 7

/** Units of a message that explains what broke. */
const messageLength = 400

/** Work for all threads: a kernel, its items, and where threads find their arenas. */
export interface Job {
  /** place of the kernel among the exports of the module */
  readonly kernel: number
  readonly items: number
  /** every start is a multiple of it */
  readonly grain: number
  readonly threads: number
  /** address of the arena of thread 0; that of thread n is n times `arenaBytes` behind */
  readonly arenas: number
  readonly arenaBytes: number
  /** arguments before the range */
  readonly leading: readonly number[]
}

/** What all threads see of the job and of each other, over one SharedArrayBuffer. */
export class SharedJob {
  readonly buffer: SharedArrayBuffer
  readonly #counters: Int32Array<SharedArrayBuffer>
  readonly #numbers: Float64Array<SharedArrayBuffer>
  readonly #message: Uint16Array<SharedArrayBuffer>

  constructor(buffer?: SharedArrayBuffer) {
    const numbers = headLength + mostArguments
    this.buffer = buffer ?? new SharedArrayBuffer(counterBytes + 8 * numbers + 2 * messageLength)
    this.#counters = new Int32Array(this.buffer, 0, counterBytes / 4)
    this.#numbers = new Float64Array(this.buffer, counterBytes, numbers)
    this.#message = new Uint16Array(this.buffer, counterBytes + 8 * numbers, messageLength)
  }

  load(slot: Slot): number {
    return Atomics.load(this.#counters, slots[slot])
  }

  store(slot: Slot, value: number): void {
    Atomics.store(this.#counters, slots[slot], value)
  }

  /** Adds to a counter; what it was before. */
  add(slot: Slot, value: number): number {
    return Atomics.add(this.#counters, slots[slot], value)
  }

  /** Sleeps while a counter has a value, until it is woken or the time is over. */
  sleep(slot: Slot, value: number, milliseconds?: number): void {
    Atomics.wait(this.#counters, slots[slot], value, milliseconds)
  }

  wake(slot: Slot): void {
    Atomics.notify(this.#counters, slots[slot])
  }

  /** Offers a job, and wakes those who sleep. */
  open(job: Job): void {
    this.#write(job)
    this.store('next', 0)
    this.add('jobs', 1)
    if (this.load('asleep')) this.wake('jobs')
  }

  isOpen(): boolean {
    return this.load('jobs') % 2 !== 0
  }

  /** Ends the offer: who is not at the job yet will not be. */
  close(): void {
    this.add('jobs', 1)
  }

  /** Whether nobody is at the job any more, or somebody ended at it. */
  isLeft(): boolean {
    return this.load('active') === 0 || this.load('ended') !== 0
  }

  #write({ kernel, items, grain, threads, arenas, arenaBytes, leading }: Job): void {
    const numbers = this.#numbers
    numbers[0] = kernel
    numbers[1] = items
    numbers[2] = grain
    numbers[3] = threads
    numbers[4] = arenas
    numbers[5] = arenaBytes
    numbers[6] = leading.length
    for (let i = 0; i < leading.length; i++) numbers[headLength + i] = leading[i]!
  }

  read(): Job {
    const [kernel, items, grain, threads, arenas, arenaBytes, count] = this.#numbers as unknown as readonly [
      ...[number, number, number, number, number, number, number],
    ]
    const leading = Array.from(this.#numbers.subarray(headLength, headLength + count))
    return { kernel, items, grain, threads, arenas, arenaBytes, leading }
  }

  /**
   * Takes the next range of items and hands it to `call`, until none is left. Ranges become smaller towards the end
   * (Polychronopoulos & Kuck 1987), so that all threads finish together, also where a core is slow or busy otherwise.
   */
  takeRanges({ items, grain, threads }: Job, call: (start: number, end: number) => void): void {
    const counters = this.#counters
    const grains = Math.ceil(items / grain)
    let start = Atomics.load(counters, slots.next)
    while (start < grains) {
      const taken = Math.ceil(((grains - start) * 0.75) / threads)
      const found = Atomics.compareExchange(counters, slots.next, start, start + taken)
      if (found !== start) {
        start = found
        continue
      }
      call(start * grain, Math.min((start + taken) * grain, items))
      start = Atomics.load(counters, slots.next)
    }
  }

  /** Says that a job broke, in which thread and why; nobody takes another range. What broke first is kept. */
  break(thread: number, message: string): void {
    this.store('next', 2 ** 31 - 1)
    if (Atomics.compareExchange(this.#counters, slots.broken, 0, -1) !== 0) return
    const length = Math.min(message.length, messageLength)
    for (let i = 0; i < length; i++) this.#message[i] = message.charCodeAt(i)
    this.#message.fill(0, length)
    this.store('broken', thread + 1)
  }

  /** What broke, once. */
  broken(): { readonly thread: number; readonly message: string } | undefined {
    const broken = this.load('broken')
    if (broken === 0) return undefined
    this.store('broken', 0)
    return { thread: broken - 1, message: String.fromCharCode(...this.#message).replaceAll('\0', '') }
  }
}

/** Looks at something again and again; whether it came true in time. */
export function spinUntil(done: () => boolean, microseconds: number): boolean {
  const end = performance.now() + microseconds / 1000
  do {
    for (let turn = 0; turn < 50; turn++) if (done()) return true
  } while (performance.now() < end)
  return false
}
