/** A tokenizer file that is sound, as far as can be said, but of a kind that this package does not implement. */
export class UnsupportedTokenizer extends Error {}

/** @throws Error for text that is no JSON */
export function parseJson(json: unknown, name: string): Field {
  if (typeof json !== 'string') return new Field(name, json)
  try {
    return new Field(name, JSON.parse(json))
  } catch (error) {
    throw new Error(`${name}: not JSON, is the file complete? ${(error as Error).message}`, { cause: error })
  }
}

/** A value of the file that knows where it stands, so that a complaint can say so. */
export class Field {
  readonly value: unknown
  readonly #path: string

  constructor(path: string, value: unknown) {
    this.#path = path
    this.value = value
  }

  /** Whether it is absent or switched off. */
  get isNone(): boolean {
    return [undefined, null, false, '', 0].includes(this.value as null)
  }

  get string(): string {
    return typeof this.value === 'string' ? this.value : this.fail('a string')
  }

  get number(): number {
    return typeof this.value === 'number' ? this.value : this.fail('a number')
  }

  get items(): Field[] {
    const { value } = this
    if (!Array.isArray(value)) return this.fail('a list')
    return value.map((item, index) => new Field(`${this.#path}[${index}]`, item))
  }

  get entries(): [string, Field][] {
    return Object.entries(this.#object).map(([name, value]) => [
      name,
      new Field(`${this.#path}[${JSON.stringify(name)}]`, value),
    ])
  }

  get(name: string | number): Field {
    return new Field(`${this.#path}.${name}`, this.#object[name])
  }

  /** @throws UnsupportedTokenizer for any other value */
  expect(...supported: readonly unknown[]): void {
    if (supported.includes(this.value)) return
    throw new UnsupportedTokenizer(
      this.#complaint(supported.flatMap((value) => JSON.stringify(value) ?? []).join(' or ')),
    )
  }

  /** @throws UnsupportedTokenizer unless it is absent or switched off */
  expectNone(): void {
    if (!this.isNone) throw new UnsupportedTokenizer(this.#complaint('nothing, this is not supported'))
  }

  fail(expected: string): never {
    throw new Error(this.#complaint(expected))
  }

  #complaint(expected: string): string {
    return `${this.#path}: expected ${expected}, found ${JSON.stringify(this.value)?.slice(0, 80) ?? 'nothing'}`
  }

  get #object(): Record<string | number, unknown> {
    const { value } = this
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : this.fail('an object')
  }
}
