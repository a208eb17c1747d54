import type { Tokenizer as Library } from '@huggingface/tokenizers'
import {
  budgetOf,
  cutTo,
  type EncodeOptions,
  type Frame,
  framedIds,
  noFrame,
  type TokenizerInput,
  textsOf,
} from '../tokenizer/encoding.ts'
import type { DecodeOptions, TextTokenizer } from '../tokenizer/text-tokenizer.ts'

/** What each special token is called in RoBERTa, BERT, and others. */
const names = {
  begin: ['<s>', '[CLS]', '<bos>', '<cls>', '<|begin_of_text|>', '<|endoftext|>'],
  pad: ['<pad>', '[PAD]', '<|pad|>'],
  end: ['</s>', '[SEP]', '<eos>', '<sep>', '<|end_of_text|>', '<|endoftext|>'],
  unknown: ['<unk>', '[UNK]', '<|unk|>'],
  mask: ['<mask>', '[MASK]', '<|mask|>'],
} as const

/** A tokenizer of `@huggingface/tokenizers`, as models and data use it: with truncation, and with ids that are checked. */
export class LibraryTokenizer implements TextTokenizer {
  readonly vocabularySize: number
  readonly #library: Library
  readonly #special: ReadonlySet<number>
  readonly #frames: readonly Frame[]

  constructor(library: Library) {
    this.#library = library
    this.vocabularySize = [...library.get_vocab().values()].reduce((size, id) => Math.max(size, id + 1), 0)
    const added = [...library.get_added_tokens_decoder()]
    this.#special = new Set(added.filter(([, token]) => token.special).map(([id]) => id))
    this.#frames = [this.#findFrame(['a']), this.#findFrame(['a', 'a'])]
  }

  get beginId(): number {
    return this.#idOfAny(names.begin)
  }

  get padId(): number {
    return this.#idOfAny(names.pad)
  }

  get endId(): number {
    return this.#idOfAny(names.end)
  }

  get unknownId(): number {
    return this.#idOfAny(names.unknown)
  }

  get maskId(): number {
    return this.#idOfAny(names.mask)
  }

  idOf(token: string): number {
    return this.#idOfAny([token])
  }

  tokenOf(id: number): string {
    const token = this.#library.id_to_token(id)
    if (token === undefined) throw new RangeError(`tokenizer: ids are 0 to ${this.vocabularySize - 1}, got ${id}`)
    return token
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id)
  }

  encode(input: TokenizerInput, options: EncodeOptions = {}): Int32Array {
    const texts = textsOf(input)
    const frame = options.specialTokens === false ? noFrame : (this.#frames[texts.length - 1] as Frame)
    const tokens = texts.map((text) => ({ ids: this.#bare(text), spans: [] }))
    return framedIds(tokens, cutTo(tokens, budgetOf(frame, options), options.truncation), frame)
  }

  decode(ids: ArrayLike<number>, { skipSpecialTokens = true }: DecodeOptions = {}): string {
    const all = Array.from(ids)
    for (const id of all) this.tokenOf(id)
    const kept = skipSpecialTokens ? all.filter((id) => !this.#special.has(id)) : all
    if (kept.length === 0) return '' // the library takes this for an error
    return this.#library.decode(kept, { skip_special_tokens: false, clean_up_tokenization_spaces: false })
  }

  #bare(text: string): number[] {
    return this.#library.encode(text, { add_special_tokens: false }).ids
  }

  /** What the file's rules put around texts: all but the ids of the texts themselves. */
  #findFrame([first = '', second]: readonly string[]): Frame {
    const { ids } = this.#library.encode(first, { text_pair: second ?? null })
    const bare = this.#bare(first)
    const start = indexOf(ids, bare, 0)
    const end = start + bare.length
    if (second === undefined) return { before: [ids.slice(0, start)], after: [ids.slice(end)] }
    const secondStart = indexOf(ids, bare, end)
    return {
      before: [ids.slice(0, start), ids.slice(end, secondStart)],
      after: [[], ids.slice(secondStart + bare.length)],
    }
  }

  #idOfAny(tokens: readonly string[]): number {
    for (const token of tokens) {
      const id = this.#library.token_to_id(token)
      if (id !== undefined) return id
    }
    const wanted = tokens.map((token) => JSON.stringify(token)).join(' or ')
    throw new RangeError(`tokenizer: no token ${wanted} in this vocabulary`)
  }
}

/** Where `part` first stands in `ids`, not before `from`. */
function indexOf(ids: readonly number[], part: readonly number[], from: number): number {
  let at = from
  while (at + part.length <= ids.length && !part.every((id, index) => ids[at + index] === id)) at++
  return at
}
