/** Sizes of spans are rounded up to classes, sixteen to each doubling from here on; there are no smaller spans. */
export const smallestSpan = 4096

const classesPerDoubling = 16
const classes = (32 - Math.log2(smallestSpan)) * classesPerDoubling

/** A piece of an address range, free or in use. */
interface Span {
  readonly start: number
  size: number
  free: boolean
  /** neighbours in memory */
  before: Span | undefined
  after: Span | undefined
  /** neighbours in the list of free spans of its class */
  previous: Span | undefined
  next: Span | undefined
}

/**
 * Divides an address range into spans. A span that is given back is joined with its free neighbours, and a request takes
 * a span of the smallest class that fits, found by bits (two-level segregated fit; Masmano et al. 2004): both take
 * constant time, and requests of varying sizes leave no more than a few gaps.
 */
export class Spans {
  readonly #inUse = new Map<number, Span>()
  readonly #free: (Span | undefined)[] = new Array(classes).fill(undefined)
  /** a bit for each class that has a free span */
  readonly #classBits = new Int32Array(Math.ceil(classes / 32))
  #last: Span | undefined
  #end: number

  /** @param start where the range, still empty, begins */
  constructor(start: number) {
    this.#end = start
  }

  /** Where the range ends. */
  get end(): number {
    return this.#end
  }

  /** Free bytes right before the end. */
  get freeAtEnd(): number {
    return this.#last?.free ? this.#last.size : 0
  }

  /** Where a free span of a size, as `spanSize` gives it, begins, which is in use now; undefined if there is none. */
  take(size: number): number | undefined {
    const span = this.#find(classOf(size))
    if (!span) return undefined
    this.#unlist(span)
    if (span.size - size >= smallestSpan) {
      const rest = spanOf(span.start + size, span.size - size, span, span.after)
      span.size = size
      this.#joinUp(rest)
      this.#list(rest)
    }
    span.free = false
    this.#inUse.set(span.start, span)
    return span.start
  }

  /** Takes a span back; the size it had. */
  give(start: number): number {
    const span = this.#inUse.get(start)!
    const { size } = span
    this.#inUse.delete(start)
    this.#release(span)
    return size
  }

  /** Makes the range longer by `bytes` free bytes. */
  extend(bytes: number): void {
    const span = spanOf(this.#end, bytes, this.#last, undefined)
    this.#end += bytes
    this.#joinUp(span)
    this.#release(span)
  }

  #release(span: Span): void {
    const { before, after } = span
    let whole = span
    if (before?.free) {
      this.#unlist(before)
      before.size += span.size
      before.after = after
      whole = before
    }
    if (after?.free) {
      this.#unlist(after)
      whole.size += after.size
      whole.after = after.after
    }
    this.#joinUp(whole)
    this.#list(whole)
  }

  /** Tells the neighbours of a span of it. */
  #joinUp(span: Span): void {
    if (span.before) span.before.after = span
    if (span.after) span.after.before = span
    else this.#last = span
  }

  #find(first: number): Span | undefined {
    let word = first >>> 5
    let bits = this.#classBits[word]! & (-1 << (first & 31))
    while (bits === 0 && ++word < this.#classBits.length) bits = this.#classBits[word]!
    return bits === 0 ? undefined : this.#free[32 * word + 31 - Math.clz32(bits & -bits)]
  }

  #list(span: Span): void {
    const place = classOf(span.size)
    const next = this.#free[place]
    span.free = true
    span.previous = undefined
    span.next = next
    if (next) next.previous = span
    this.#free[place] = span
    this.#classBits[place >>> 5]! |= 1 << (place & 31)
  }

  #unlist({ size, previous, next }: Span): void {
    if (next) next.previous = previous
    if (previous) {
      previous.next = next
      return
    }
    const place = classOf(size)
    this.#free[place] = next
    if (!next) this.#classBits[place >>> 5]! &= ~(1 << (place & 31))
  }
}

/** The size of the span that serves a request: at most a sixteenth larger, 4 KB at least. */
export function spanSize(bytes: number): number {
  if (bytes <= smallestSpan) return smallestSpan
  const step = 2 ** (31 - Math.clz32(bytes - 1)) / classesPerDoubling
  return Math.ceil(bytes / step) * step
}

/** The last class whose spans are not larger than a size. */
function classOf(size: number): number {
  const doubling = 31 - Math.clz32(size)
  return (
    (doubling - Math.log2(smallestSpan)) * classesPerDoubling +
    Math.floor((size / 2 ** doubling) * classesPerDoubling) -
    classesPerDoubling
  )
}

function spanOf(start: number, size: number, before: Span | undefined, after: Span | undefined): Span {
  return { start, size, free: false, before, after, previous: undefined, next: undefined }
}
