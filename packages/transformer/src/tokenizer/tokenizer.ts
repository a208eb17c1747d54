import { byteSymbols, symbolBytes } from './byte-alphabet.ts'
import { MergeTable } from './merge-table.ts'
import { copyOf, readable } from './readable.ts'
import { parseTokenizerJson, type TokenizerJson, tokenizerJson } from './tokenizer-json.ts'
import { type SpecialToken, type TokenizerModel, vocabularyIds } from './tokenizer-model.ts'
import { wordEnd } from './words.ts'

/** Words whose ids are remembered; about 10 MB. */
const cachedWords = 2 ** 16
const longestCachedWord = 64

export interface EncodeOptions {
  /** Frame with special tokens, `<s> a </s>` or `<s> a </s></s> b </s>`, if the tokenizer has them. Default true. */
  readonly specialTokens?: boolean
  /** Ids at most, frame included. Of a pair the longer text is cut first. Default: no limit. */
  readonly maxLength?: number
  /** Read `<mask>` and its like in the text as that token rather than as its characters. Default false: text is text. */
  readonly parseSpecialTokens?: boolean
}

export interface DecodeOptions {
  /** Leave special tokens out. Default true. */
  readonly skipSpecialTokens?: boolean
}

/** One text, or two for a model that compares them. */
export type TokenizerInput = string | readonly [string, string]

/**
 * Byte-level BPE: any text becomes ids and comes back.
 *
 * `decode(encode(text)) === text.toWellFormed()`: a surrogate without its other half has no bytes in UTF-8 and becomes
 * U+FFFD, as in `TextEncoder`. (With `addPrefixSpace` the space put in front stays; without all 256 bytes in the
 * vocabulary the missing ones are lost.)
 *
 * @see Radford et al. 2019, section 2.2; Liu et al. 2019, section 4.4
 */
export class Tokenizer {
  readonly model: TokenizerModel
  readonly #ids: ReadonlyMap<string, number>
  readonly #special: ReadonlyMap<number, SpecialToken>
  readonly #specialPattern: RegExp | undefined
  readonly #merges: MergeTable
  readonly #byteIds: readonly (number | undefined)[]
  readonly #bytes: readonly Uint8Array[]
  readonly #cache = new Map<string, Int32Array>()
  readonly #encoder = new TextEncoder()

  /** @throws Error for a model that contradicts itself */
  constructor(model: TokenizerModel) {
    const ids = vocabularyIds(model)
    const idOf = (token: string): number => ids.get(token) as number
    this.model = model
    this.#ids = ids
    this.#special = new Map(model.specialTokens.map((special) => [idOf(special.token), special]))
    this.#specialPattern = patternOf(model.specialTokens)
    this.#merges = new MergeTable(model.merges.map(([left, right]) => [idOf(left), idOf(right), idOf(left + right)]))
    const unknown = model.unknownToken === null ? undefined : idOf(model.unknownToken)
    this.#byteIds = byteSymbols.map((symbol) => ids.get(symbol) ?? unknown)
    this.#bytes = model.vocabulary.map((token, id) =>
      this.#special.has(id) ? this.#encoder.encode(token) : bytesOf(token),
    )
  }

  /**
   * The tokenizer in a Hugging Face `tokenizer.json`, as its text or parsed.
   *
   * @throws Error that says what is missing, contradictory or not supported
   */
  static fromJSON(json: unknown): Tokenizer {
    return new Tokenizer(parseTokenizerJson(json))
  }

  /** The contents of a Hugging Face `tokenizer.json`; `JSON.stringify(tokenizer)` writes it. */
  toJSON(): TokenizerJson {
    return tokenizerJson(this.model)
  }

  get vocabularySize(): number {
    return this.model.vocabulary.length
  }

  /** Id of `<s>`. This and its like throw if there is no such token. */
  get beginId(): number {
    return this.idOf('<s>')
  }

  get padId(): number {
    return this.idOf('<pad>')
  }

  /** Id of `</s>`, which ends and separates texts. */
  get endId(): number {
    return this.idOf('</s>')
  }

  get unknownId(): number {
    return this.idOf('<unk>')
  }

  get maskId(): number {
    return this.idOf('<mask>')
  }

  /** @throws RangeError for a token that is not in the vocabulary */
  idOf(token: string): number {
    const id = this.#ids.get(token)
    if (id === undefined) throw new RangeError(`Tokenizer: no token ${JSON.stringify(token)} in this vocabulary`)
    return id
  }

  /** The token in the byte alphabet, where `Ġ` is a space. */
  tokenOf(id: number): string {
    const token = this.model.vocabulary[id]
    if (token === undefined) throw new RangeError(`Tokenizer: ids are 0 to ${this.vocabularySize - 1}, got ${id}`)
    return token
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id)
  }

  /** @throws RangeError for a `maxLength` that cannot hold the special tokens */
  encode(input: TokenizerInput, options: EncodeOptions = {}): Int32Array {
    const { specialTokens = true, maxLength = Infinity, parseSpecialTokens = false } = options
    const texts = typeof input === 'string' ? [input] : input
    const framed = specialTokens && this.#ids.has('<s>') && this.#ids.has('</s>')
    const budget = maxLength - (framed ? 2 * texts.length : 0)
    if (!(budget >= 0) || (maxLength !== Infinity && !Number.isInteger(maxLength))) {
      throw new RangeError(
        `encode: maxLength must be a whole number >= ${framed ? 2 * texts.length : 0} to hold the special tokens, got ${maxLength}`,
      )
    }
    const encoded = texts.map((text) => this.#encodeText(text, budget, parseSpecialTokens))
    const lengths = cutLongestFirst(
      encoded.map((ids) => ids.length),
      budget,
    )
    const result: number[] = []
    encoded.forEach((ids, index) => {
      if (framed) result.push(index === 0 ? this.beginId : this.endId)
      for (let at = 0; at < (lengths[index] as number); at++) result.push(ids[at] as number)
      if (framed) result.push(this.endId)
    })
    return Int32Array.from(result)
  }

  encodeBatch(inputs: readonly TokenizerInput[], options: EncodeOptions = {}): Int32Array[] {
    return inputs.map((input) => this.encode(input, options))
  }

  /** @throws RangeError for an id that is not in the vocabulary */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const { skipSpecialTokens = true } = options
    const parts: Uint8Array[] = []
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] as number
      const bytes = this.#bytes[id]
      if (bytes === undefined)
        throw new RangeError(`decode: ids are 0 to ${this.vocabularySize - 1}, got ${id} at ${at}`)
      if (!skipSpecialTokens || !this.#special.has(id)) parts.push(bytes)
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(concatenate(parts))
  }

  #encodeText(text: string, limit: number, parseSpecialTokens: boolean): number[] {
    const ids: number[] = []
    if (!parseSpecialTokens || this.#specialPattern === undefined) {
      this.#encodeWords(text, limit, ids)
      return ids
    }
    let start = 0
    for (const match of text.matchAll(this.#specialPattern)) {
      const id = this.idOf(match[0])
      const before = text.slice(start, match.index)
      this.#encodeWords(this.#special.get(id)?.stripLeft ? withoutTrailingSpace(before) : before, limit, ids)
      ids.push(id)
      start = match.index + match[0].length
    }
    this.#encodeWords(text.slice(start), limit, ids)
    return ids
  }

  #encodeWords(raw: string, limit: number, ids: number[]): void {
    const text = readable(raw, this.model.addPrefixSpace)
    for (let start = 0, end = 0; start < text.length && ids.length < limit; start = end) {
      end = wordEnd(text, start)
      const word = this.#encodeWord(text.slice(start, end))
      for (let at = 0; at < word.length; at++) ids.push(word[at] as number)
    }
  }

  #encodeWord(word: string): Int32Array {
    const known = this.#cache.get(word)
    if (known !== undefined) return known
    const bytes = this.#encoder.encode(word)
    const symbols = new Int32Array(bytes.length)
    let length = 0
    for (let at = 0; at < bytes.length; at++) {
      const id = this.#byteIds[bytes[at] as number]
      if (id !== undefined) symbols[length++] = id
    }
    const ids = this.#merges.apply(symbols.subarray(0, length))
    if (word.length > longestCachedWord) return ids
    if (this.#cache.size === cachedWords) this.#cache.clear()
    this.#cache.set(copyOf(word), ids)
    return ids
  }
}

/** The lengths one or two texts are cut to: the longer one first, at equal lengths the second keeps the odd token. */
function cutLongestFirst(lengths: readonly number[], budget: number): readonly number[] {
  const [first = 0, second = 0] = lengths
  if (first + second <= budget) return lengths
  if (lengths.length === 1) return [budget]
  const shorter = Math.min(first, second, Math.floor(budget / 2))
  return first > second ? [budget - shorter, shorter] : [shorter, budget - shorter]
}

function patternOf(specialTokens: readonly SpecialToken[]): RegExp | undefined {
  if (specialTokens.length === 0) return undefined
  const longestFirst = specialTokens.map(({ token }) => token).sort((a, b) => b.length - a.length)
  return new RegExp(longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'gu')
}

function withoutTrailingSpace(text: string): string {
  let end = text.length
  while (end > 0 && /\p{White_Space}/u.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** The bytes a token spells in the byte alphabet; a token in other characters spells itself. */
function bytesOf(token: string): Uint8Array {
  const bytes = Array.from(token, (symbol) => symbolBytes.get(symbol))
  return bytes.includes(undefined) ? new TextEncoder().encode(token) : Uint8Array.from(bytes as number[])
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
