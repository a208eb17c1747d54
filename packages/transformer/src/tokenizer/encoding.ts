import { type Truncation, truncatedLengths } from './truncation.ts'

/** One text, or two for a model that compares them. */
export type TokenizerInput = string | readonly [string, string]

export interface EncodeOptions {
  /** Frame with special tokens, `<s> a </s>` or `<s> a </s></s> b </s>`, if the tokenizer has them. Default true. */
  readonly specialTokens?: boolean
  /** Ids at most, frame included. Default: no limit. */
  readonly maxLength?: number
  /** What is cut when there are more. Default `longest-first`. */
  readonly truncation?: Truncation
  /** Read `<mask>` and its like in the text as that token rather than as its characters. Default false: text is text. */
  readonly parseSpecialTokens?: boolean
}

export interface EncodingOptions extends EncodeOptions {
  /** Offsets count Unicode code points (default; as in Python and Hugging Face) or UTF-16 units, as `text.slice` does. */
  readonly offsets?: 'codePoints' | 'utf16'
}

export interface WindowsOptions extends EncodingOptions {
  readonly maxLength: number
  /** Tokens that a window shares with the one before (Hugging Face's word for it). Default 0. */
  readonly stride?: number
}

/** Ids and where they come from. All lists have one entry for each token. */
export interface Encoding {
  readonly ids: Int32Array
  /** The text: 0, 1, or -1 for the frame. */
  readonly texts: Int32Array
  /** Segments as BERT numbers them: 0 for the first text and its frame, 1 for the second. RoBERTa knows only 0. */
  readonly typeIds: Int32Array
  /** 1 at special tokens, in the frame or in the text. */
  readonly specialMask: Uint8Array
  /**
   * Start and end of each token in its text, frame 0 and 0; a space before a word belongs to it. Tokens that are parts of one
   * character all have that character. `[length, 2]`
   */
  readonly offsets: Int32Array
  /** How many tokens were cut off the end of each text. */
  readonly cut: readonly number[]
}

/** A text in tokens. */
export interface TextTokens {
  readonly ids: readonly number[]
  /** Start and end of each; empty if nobody asked. */
  readonly spans: readonly number[]
}

/** Special tokens before and after each text. */
export interface Frame {
  readonly before: readonly (readonly number[])[]
  readonly after: readonly (readonly number[])[]
}

/** No special tokens. */
export const noFrame: Frame = { before: [], after: [] }

/** From where to where the tokens of each text are taken. */
export type Ranges = readonly (readonly [from: number, to: number])[]

export function textsOf(input: TokenizerInput): readonly string[] {
  return typeof input === 'string' ? [input] : input
}

/**
 * How many tokens the texts may have, beside their frame.
 *
 * @throws RangeError for a `maxLength` that cannot hold the frame
 */
export function budgetOf(frame: Frame, { maxLength = Infinity }: EncodeOptions): number {
  const framing = [...frame.before, ...frame.after].flat().length
  if (maxLength === Infinity || (Number.isInteger(maxLength) && maxLength >= framing)) return maxLength - framing
  throw new RangeError(
    `encode: maxLength must be a whole number >= ${framing} to hold the special tokens, got ${maxLength}`,
  )
}

/** What is left of each text: its start, as far as `truncation` lets it go. */
export function cutTo(tokens: readonly TextTokens[], budget: number, truncation: Truncation = 'longest-first'): Ranges {
  const lengths = tokens.map(({ ids }) => ids.length)
  return truncatedLengths(lengths, budget, truncation).map((length) => [0, length])
}

/** The ids of framed texts. */
export function framedIds(texts: readonly TextTokens[], ranges: Ranges, frame: Frame): Int32Array {
  const result: number[] = []
  texts.forEach(({ ids }, text) => {
    const [from, to] = ranges[text] as Ranges[number]
    for (const id of frame.before[text] ?? []) result.push(id)
    for (let at = from; at < to; at++) result.push(ids[at] as number)
    for (const id of frame.after[text] ?? []) result.push(id)
  })
  return Int32Array.from(result)
}

/** The same, with where each comes from. */
export function framedEncoding(
  texts: readonly TextTokens[],
  ranges: Ranges,
  frame: Frame,
  isSpecial: (id: number) => boolean,
): Omit<Encoding, 'cut'> {
  const ids = framedIds(texts, ranges, frame)
  const owners = new Int32Array(ids.length).fill(-1)
  const typeIds = new Int32Array(ids.length)
  const offsets = new Int32Array(2 * ids.length) // [length, 2]
  let at = 0
  texts.forEach(({ spans }, text) => {
    const [from, to] = ranges[text] as Ranges[number]
    const start = at + (frame.before[text] ?? []).length
    const end = start + to - from
    owners.fill(text, start, end)
    offsets.set(spans.slice(2 * from, 2 * to), 2 * start)
    typeIds.fill(text, at, end + (frame.after[text] ?? []).length)
    at = end + (frame.after[text] ?? []).length
  })
  return { ids, texts: owners, typeIds, specialMask: Uint8Array.from(ids, (id) => Number(isSpecial(id))), offsets }
}
