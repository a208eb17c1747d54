import type { EncodeOptions, TokenizerInput } from './encoding.ts'

export interface DecodeOptions {
  /** Leave special tokens out. Default true. */
  readonly skipSpecialTokens?: boolean
}

/** What models and data need of a tokenizer of any kind. */
export interface TextTokenizer {
  readonly vocabularySize: number
  /** Id of what texts begin with, `<s>` or its like. This and the next four throw if there is no such token. */
  readonly beginId: number
  readonly padId: number
  /** Id of what ends and separates texts. */
  readonly endId: number
  readonly unknownId: number
  readonly maskId: number
  /** @throws RangeError for a token that is not in the vocabulary */
  idOf(token: string): number
  /** @throws RangeError for an id that is not in the vocabulary */
  tokenOf(id: number): string
  isSpecial(id: number): boolean
  encode(input: TokenizerInput, options?: EncodeOptions): Int32Array
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string
}
