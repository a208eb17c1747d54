import type { Tokenizer, TokenizerInput } from '@tlc/transformer'

/** Texts as ids, framed by special tokens. */
export interface EncodedTexts {
  readonly sequences: readonly Int32Array[]
  /** how many texts were longer than allowed, and lost their end */
  readonly cut: number
}

/** Encodes texts, or pairs of texts, of which the longer is cut first. @param length tokens at most, special ones included */
export function encodeTexts(tokenizer: Tokenizer, inputs: readonly TokenizerInput[], length: number): EncodedTexts {
  let cut = 0
  const sequences = inputs.map((input) => {
    const whole = tokenizer.encode(input)
    if (whole.length <= length) return whole
    cut++
    return tokenizer.encode(input, { maxLength: length })
  })
  return { sequences, cut }
}

/** What to tell of texts that were cut; nothing if none was. */
export function cutNote(what: string, { sequences, cut }: EncodedTexts, length: number): string | undefined {
  if (cut === 0) return undefined
  const share = ((100 * cut) / sequences.length).toPrecision(2)
  return `${cut} of ${sequences.length} ${what} (${share}%) are longer than ${length} tokens and were cut there`
}
