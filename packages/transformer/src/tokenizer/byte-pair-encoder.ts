import { byteSymbols } from './byte-alphabet.ts'
import { MergeTable } from './merge-table.ts'
import { copyOf, readable } from './readable.ts'
import { appendSpans } from './token-spans.ts'
import type { TokenizerModel } from './tokenizer-model.ts'
import { wordEnd } from './words.ts'

/** Words whose ids are remembered; at most some 20 MB. */
const cachedWords = 2 ** 16
const longestCachedWord = 64

/** Where the tokens of a text go. */
export interface TokenSink {
  readonly ids: number[]
  /** Start and end of each in UTF-16 units; undefined: not wanted. */
  readonly spans: number[] | undefined
  /** No more words once there are so many ids. */
  readonly limit: number
}

/** Plain text to ids: word by word, each from bytes by merges. */
export class BytePairEncoder {
  readonly #addPrefixSpace: boolean
  readonly #merges: MergeTable
  readonly #byteIds: readonly (number | undefined)[]
  /** Of how many symbols each token was made. */
  readonly #widths: Int32Array
  readonly #cache = new Map<string, Int32Array>()
  readonly #encoder = new TextEncoder()

  /** @param ids of the vocabulary of a sound model */
  constructor(model: TokenizerModel, ids: ReadonlyMap<string, number>) {
    const idOf = (token: string): number => ids.get(token) as number
    const unknown = model.unknownToken === null ? undefined : idOf(model.unknownToken)
    this.#addPrefixSpace = model.addPrefixSpace
    this.#merges = new MergeTable(model.merges.map(([left, right]) => [idOf(left), idOf(right), idOf(left + right)]))
    this.#byteIds = byteSymbols.map((symbol) => ids.get(symbol) ?? unknown)
    this.#widths = Int32Array.from(model.vocabulary, (token, id) => (id === unknown ? 1 : token.length))
  }

  /** @param place where in the whole text this part of it starts */
  append(raw: string, place: number, { ids, spans, limit }: TokenSink): void {
    const text = readable(raw, this.#addPrefixSpace)
    const added = text.length - raw.length
    const first = spans?.length ?? 0
    for (let start = 0, end = 0; start < text.length && ids.length < limit; start = end) {
      end = wordEnd(text, start)
      const word = text.slice(start, end)
      const tokens = this.#encodeWord(word)
      for (let at = 0; at < tokens.length; at++) ids.push(tokens[at] as number)
      if (spans) this.#locate(word, place + start - added, tokens, spans)
    }
    // A space that was put in front is nowhere in the text.
    for (let at = first; added > 0 && spans && at < spans.length; at++) spans[at] = Math.max(place, spans[at] as number)
  }

  #locate(word: string, place: number, tokens: Int32Array, spans: number[]): void {
    const widths = tokens.map((id) => this.#widths[id] as number)
    appendSpans(spans, word, place, widths, (byte) => this.#byteIds[byte] !== undefined)
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
