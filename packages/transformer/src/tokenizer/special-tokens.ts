import type { SpecialToken } from './tokenizer-model.ts'

/** A piece of a text: a special token, or what is between two. */
export interface TextPiece {
  readonly text: string
  readonly start: number
  readonly special: boolean
}

/** Finds special tokens in texts: the longest that fits, with the spaces before it where it strips them. */
export class SpecialTokenFinder {
  readonly #pattern: RegExp | undefined
  readonly #stripLeft: ReadonlySet<string>

  constructor(specialTokens: readonly SpecialToken[]) {
    const longestFirst = specialTokens.map(({ token }) => token).sort((a, b) => b.length - a.length)
    const source = longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|')
    this.#pattern = source === '' ? undefined : new RegExp(source, 'gu')
    this.#stripLeft = new Set(specialTokens.filter(({ stripLeft }) => stripLeft).map(({ token }) => token))
  }

  *pieces(text: string): Generator<TextPiece> {
    let start = 0
    for (const { 0: token, index } of this.#pattern ? text.matchAll(this.#pattern) : []) {
      const before = text.slice(start, index)
      yield { text: this.#stripLeft.has(token) ? withoutTrailingSpace(before) : before, start, special: false }
      yield { text: token, start: index, special: true }
      start = index + token.length
    }
    yield { text: text.slice(start), start, special: false }
  }
}

function withoutTrailingSpace(text: string): string {
  let end = text.length
  while (end > 0 && /\p{White_Space}/u.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
