import { SafetensorsError } from './errors.ts'

/** A value of a header: JSON, but objects are maps, and numbers are whole, exact and not negative. */
export type HeaderValue = string | number | boolean | null | readonly HeaderValue[] | ReadonlyMap<string, HeaderValue>

/**
 * Reads the JSON of a header. Stricter than `JSON.parse`, which lets pass what makes files ambiguous: names that come
 * twice, and numbers that are rounded, negative or not whole.
 *
 * @throws SafetensorsError with the place
 */
export function parseHeaderJson(text: string): HeaderValue {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

/** Deeper than any header, shallower than the stack. */
const maxDepth = 64

class Reader {
  readonly #text: string
  #place = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): HeaderValue {
    if (depth > maxDepth) throw this.#error(`lists and objects are nested deeper than ${maxDepth}`)
    const first = this.#peek()
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#list(depth)
    if (first === '"') return this.#string()
    const word = this.#match(/true|false|null/y)
    if (word) return word === 'null' ? null : word === 'true'
    return this.#wholeNumber()
  }

  end(): void {
    if (this.#peek() !== undefined) throw this.#error('the header goes on after its object')
  }

  #object(depth: number): ReadonlyMap<string, HeaderValue> {
    const members = new Map<string, HeaderValue>()
    this.#sequence('{', '}', () => {
      if (this.#peek() !== '"') throw this.#error('expected a name in quotes')
      const name = this.#string()
      if (members.has(name)) throw this.#error(`the name ${JSON.stringify(name)} comes twice`)
      this.#take(':')
      members.set(name, this.value(depth + 1))
    })
    return members
  }

  #list(depth: number): readonly HeaderValue[] {
    const items: HeaderValue[] = []
    this.#sequence('[', ']', () => items.push(this.value(depth + 1)))
    return items
  }

  #sequence(open: string, close: string, item: () => void): void {
    this.#take(open)
    if (this.#peek() !== close) {
      for (;;) {
        item()
        if (this.#peek() !== ',') break
        this.#take(',')
      }
    }
    this.#take(close)
  }

  #string(): string {
    let end = this.#place + 1
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    if (end >= this.#text.length) throw this.#error('a string does not end')
    try {
      const string = JSON.parse(this.#text.slice(this.#place, end + 1)) as string
      this.#place = end + 1
      return string
    } catch (cause) {
      throw this.#error('a string has a control character, or an escape that JSON does not know', cause)
    }
  }

  #wholeNumber(): number {
    const written = this.#match(/(?:0|[1-9][0-9]*)(?![0-9.eExX])/y)
    if (written === undefined) throw this.#error('expected a value (numbers: whole, not negative, in plain digits)')
    const number = Number(written)
    if (!Number.isSafeInteger(number))
      throw this.#error(`the number ${written} is too large: sizes here end at 2^53 - 1`)
    return number
  }

  #take(expected: string): void {
    if (this.#peek() !== expected) throw this.#error(`expected '${expected}'`)
    this.#place++
  }

  /** The next character that is not white space. */
  #peek(): string | undefined {
    this.#match(/[ \t\n\r]+/y)
    return this.#text[this.#place]
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#place
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#place += found.length
    return found
  }

  #error(problem: string, cause?: unknown): SafetensorsError {
    const found = this.#text.slice(this.#place, this.#place + 20)
    return new SafetensorsError(
      `safetensors: header, character ${this.#place}: ${problem}; found ${found ? JSON.stringify(found) : 'its end'}`,
      { cause },
    )
  }
}
