import { symbolBytes } from './byte-alphabet.ts'
import { BytePairEncoder } from './byte-pair-encoder.ts'
import {
  budgetOf,
  cutTo,
  type EncodeOptions,
  type Encoding,
  type EncodingOptions,
  type Frame,
  framedEncoding,
  framedIds,
  noFrame,
  type Ranges,
  type TextTokens,
  type TokenizerInput,
  textsOf,
  type WindowsOptions,
} from './encoding.ts'
import { SpecialTokenFinder } from './special-tokens.ts'
import { StreamDecoder } from './stream-decoder.ts'
import type { DecodeOptions, TextTokenizer } from './text-tokenizer.ts'
import { toCodePoints } from './token-spans.ts'
import { parseTokenizerJson, type TokenizerJson, tokenizerJson } from './tokenizer-json.ts'
import { type TokenizerModel, vocabularyIds } from './tokenizer-model.ts'
import type { Truncation } from './truncation.ts'

/**
 * Byte-level BPE: any text becomes ids and comes back.
 *
 * `decode(encode(text)) === text.toWellFormed()`: a surrogate without its other half has no bytes in UTF-8 and becomes
 * U+FFFD, as in `TextEncoder`. (With `addPrefixSpace` the space put in front stays; without all 256 bytes in the
 * vocabulary the missing ones are lost.)
 *
 * @see Radford et al. 2019, section 2.2; Liu et al. 2019, section 4.4
 */
export class Tokenizer implements TextTokenizer {
  readonly model: TokenizerModel
  readonly #ids: ReadonlyMap<string, number>
  readonly #special: ReadonlySet<number>
  readonly #finder: SpecialTokenFinder
  readonly #encoder: BytePairEncoder
  readonly #bytes: readonly Uint8Array[]

  /** @throws Error for a model that contradicts itself */
  constructor(model: TokenizerModel) {
    const ids = vocabularyIds(model)
    const idOf = (token: string): number => ids.get(token) as number
    this.model = model
    this.#ids = ids
    this.#special = new Set(model.specialTokens.map(({ token }) => idOf(token)))
    this.#finder = new SpecialTokenFinder(model.specialTokens)
    this.#encoder = new BytePairEncoder(model, ids)
    this.#bytes = model.vocabulary.map((token, id) => bytesOf(token, this.#special.has(id)))
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

  /**
   * A copy with more special tokens, which take the next ids. A model for it needs as many rows in its embeddings.
   *
   * @throws RangeError for a token that exists already
   */
  withSpecialTokens(tokens: readonly string[]): Tokenizer {
    const known = tokens.find((token, at) => token === '' || this.#ids.has(token) || tokens.indexOf(token) !== at)
    if (known !== undefined) {
      throw new RangeError(
        `withSpecialTokens: ${JSON.stringify(known)} is empty or there already; give it another name`,
      )
    }
    return new Tokenizer({
      ...this.model,
      vocabulary: [...this.model.vocabulary, ...tokens],
      specialTokens: [...this.model.specialTokens, ...tokens.map((token) => ({ token, stripLeft: false }))],
    })
  }

  /**
   * The ids of a text or a pair. `encoding` also says how many were cut.
   *
   * @throws RangeError for a `maxLength` that cannot hold the special tokens, or that `truncation` cannot reach
   */
  encode(input: TokenizerInput, options: EncodeOptions = {}): Int32Array {
    const { truncation = 'longest-first', parseSpecialTokens = false } = options
    const texts = textsOf(input)
    const frame = this.#frame(texts.length, options)
    const budget = budgetOf(frame, options)
    const limit = typeof input === 'string' && cutsTheEnd.has(truncation) ? budget : Infinity
    const tokens = texts.map((text) => this.#tokens(text, { parseSpecialTokens, limit }))
    return framedIds(tokens, cutTo(tokens, budget, truncation), frame)
  }

  /**
   * Ids with the places they come from, and how many tokens were cut.
   *
   * @throws RangeError as `encode` does
   */
  encoding(input: TokenizerInput, options: EncodingOptions = {}): Encoding {
    const texts = textsOf(input)
    const frame = this.#frame(texts.length, options)
    const tokens = this.#located(texts, options)
    const ranges = cutTo(tokens, budgetOf(frame, options), options.truncation)
    const cut = ranges.map(([, to], text) => (tokens[text] as TextTokens).ids.length - to)
    return { ...framedEncoding(tokens, ranges, frame, (id) => this.isSpecial(id)), cut }
  }

  /**
   * A text that is too long as several encodings that overlap by `stride` tokens; nothing is cut. Of a pair the second
   * text is divided, and the first one stands before each part.
   *
   * @throws RangeError if `maxLength` leaves no room for more than `stride` tokens
   */
  windows(input: TokenizerInput, options: WindowsOptions): Encoding[] {
    const { stride = 0 } = options
    const texts = textsOf(input)
    const frame = this.#frame(texts.length, options)
    const tokens = this.#located(texts, options)
    const whole = tokens.slice(0, -1).map(({ ids }): Ranges[number] => [0, ids.length])
    const size = whole.reduce((room, [, length]) => room - length, budgetOf(frame, options))
    if (!(Number.isInteger(stride) && stride >= 0 && stride < size && size < Infinity)) {
      throw new RangeError(
        `windows: stride must be a whole number from 0 to less than the ${size} tokens of the text that a window of ` +
          `maxLength ${options.maxLength} has room for, which must be finite; got ${stride}`,
      )
    }
    const { length } = (tokens.at(-1) as TextTokens).ids
    const count = Math.max(1, Math.ceil((length - stride) / (size - stride)))
    return Array.from({ length: count }, (_, index) => {
      const from = index * (size - stride)
      const ranges: Ranges = [...whole, [from, Math.min(length, from + size)]]
      return { ...framedEncoding(tokens, ranges, frame, (id) => this.isSpecial(id)), cut: texts.map(() => 0) }
    })
  }

  encodeBatch(inputs: readonly TokenizerInput[], options: EncodeOptions = {}): Int32Array[] {
    return inputs.map((input) => this.encode(input, options))
  }

  /** @throws RangeError for an id that is not in the vocabulary */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const parts = Array.from(ids, (id, at) => this.#bytesOf(id, options, ` at ${at}`))
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(concatenate(parts))
  }

  /** `decode` for ids that come one by one. */
  decoder(options: DecodeOptions = {}): StreamDecoder {
    return new StreamDecoder((id) => this.#bytesOf(id, options))
  }

  #bytesOf(id: number, { skipSpecialTokens = true }: DecodeOptions, where = ''): Uint8Array {
    const bytes = this.#bytes[id]
    if (bytes === undefined) throw new RangeError(`decode: ids are 0 to ${this.vocabularySize - 1}, got ${id}${where}`)
    return skipSpecialTokens && this.#special.has(id) ? nothing : bytes
  }

  #frame(texts: number, { specialTokens = true }: EncodeOptions): Frame {
    if (!(specialTokens && this.#ids.has('<s>') && this.#ids.has('</s>'))) return noFrame
    const { beginId, endId } = this
    return texts === 1
      ? { before: [[beginId]], after: [[endId]] }
      : { before: [[beginId], [endId]], after: [[endId], [endId]] }
  }

  /** The texts in tokens, with offsets. */
  #located(texts: readonly string[], options: EncodingOptions): TextTokens[] {
    const { offsets = 'codePoints', parseSpecialTokens = false } = options
    return texts.map((text) => {
      const { ids, spans } = this.#tokens(text, { parseSpecialTokens, located: true })
      return { ids, spans: offsets === 'utf16' ? spans : toCodePoints(text, spans) }
    })
  }

  #tokens(text: string, options: TokensOptions): TextTokens {
    const { limit = Infinity, parseSpecialTokens, located } = options
    const ids: number[] = []
    const spans: number[] = []
    const sink = { ids, spans: located ? spans : undefined, limit }
    const pieces = parseSpecialTokens ? this.#finder.pieces(text) : [{ text, start: 0, special: false }]
    for (const piece of pieces) {
      if (ids.length >= limit) break
      if (!piece.special) this.#encoder.append(piece.text, piece.start, sink)
      else {
        ids.push(this.idOf(piece.text))
        spans.push(piece.start, piece.start + piece.text.length)
      }
    }
    return { ids, spans }
  }
}

interface TokensOptions {
  readonly parseSpecialTokens: boolean
  /** No more words once there are so many tokens. */
  readonly limit?: number
  /** Whether to say where tokens are. */
  readonly located?: boolean
}

const nothing = new Uint8Array()

/** How a single text is cut at its end, so that what comes after `maxLength` need not be looked at. */
const cutsTheEnd: ReadonlySet<Truncation> = new Set(['longest-first', 'first'])

/** The bytes a token spells in the byte alphabet; a special one, or one in other characters, spells itself. */
function bytesOf(token: string, special: boolean): Uint8Array {
  const bytes = Array.from(token, (symbol) => symbolBytes.get(symbol))
  return special || bytes.includes(undefined) ? new TextEncoder().encode(token) : Uint8Array.from(bytes as number[])
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
