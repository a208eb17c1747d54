import type { SpecialToken, TokenizerModel } from './tokenizer-model.ts'

/** Hugging Face's `tokenizer.json`, version 1.0, as far as a byte-level BPE needs it. */
export interface TokenizerJson {
  readonly version: '1.0'
  readonly truncation: null
  readonly padding: null
  readonly added_tokens: readonly AddedTokenJson[]
  readonly normalizer: null
  readonly pre_tokenizer: ByteLevelJson
  readonly post_processor: RobertaProcessingJson | ByteLevelJson
  readonly decoder: ByteLevelJson
  readonly model: BpeJson
}

export interface AddedTokenJson {
  readonly id: number
  readonly content: string
  readonly single_word: false
  readonly lstrip: boolean
  readonly rstrip: false
  readonly normalized: false
  readonly special: true
}

export interface ByteLevelJson {
  readonly type: 'ByteLevel'
  readonly add_prefix_space: boolean
  readonly trim_offsets: true
  readonly use_regex: true
}

export interface RobertaProcessingJson {
  readonly type: 'RobertaProcessing'
  readonly sep: readonly [string, number]
  readonly cls: readonly [string, number]
  readonly trim_offsets: true
  readonly add_prefix_space: boolean
}

export interface BpeJson {
  readonly type: 'BPE'
  readonly dropout: null
  readonly unk_token: string | null
  readonly continuing_subword_prefix: ''
  readonly end_of_word_suffix: ''
  readonly fuse_unk: false
  readonly byte_fallback: false
  readonly ignore_merges: false
  readonly vocab: Readonly<Record<string, number>>
  readonly merges: readonly (readonly [string, string])[]
}

/** The model as the contents of a `tokenizer.json`. */
export function tokenizerJson(model: TokenizerModel): TokenizerJson {
  const ids = new Map(model.vocabulary.map((token, id) => [token, id]))
  const idOf = (token: string): number => ids.get(token) as number
  const byteLevel: ByteLevelJson = {
    type: 'ByteLevel',
    add_prefix_space: model.addPrefixSpace,
    trim_offsets: true,
    use_regex: true,
  }
  const roberta = (): RobertaProcessingJson => ({
    type: 'RobertaProcessing',
    sep: ['</s>', idOf('</s>')],
    cls: ['<s>', idOf('<s>')],
    trim_offsets: true,
    add_prefix_space: model.addPrefixSpace,
  })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: model.specialTokens.map(({ token, stripLeft }) => ({
      id: idOf(token),
      content: token,
      single_word: false,
      lstrip: stripLeft,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: ids.has('<s>') && ids.has('</s>') ? roberta() : byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: model.unknownToken,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(ids),
      merges: model.merges,
    },
  }
}

/**
 * The model in a `tokenizer.json`, as text or parsed.
 *
 * @throws Error that names the field, what it holds and what this tokenizer supports
 */
export function parseTokenizerJson(json: unknown): TokenizerModel {
  const file = new Field('tokenizer.json', typeof json === 'string' ? parseText(json) : json)
  const model = file.get('model')
  model.get('type').expect('BPE')
  for (const name of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix'] as const)
    model.get(name).expectNone()
  for (const name of ['fuse_unk', 'byte_fallback', 'ignore_merges'] as const) model.get(name).expectNone()
  file.get('normalizer').expectNone()
  const preTokenizer = file.get('pre_tokenizer')
  preTokenizer.get('type').expect('ByteLevel')
  preTokenizer.get('use_regex').expect(true, undefined)
  const postProcessor = file.get('post_processor')
  if (!postProcessor.isNone) {
    postProcessor.get('type').expect('RobertaProcessing', 'ByteLevel')
    if (postProcessor.get('type').value === 'RobertaProcessing') {
      postProcessor.get('cls').get(0).expect('<s>')
      postProcessor.get('sep').get(0).expect('</s>')
    }
  }
  const added = file.get('added_tokens').isNone ? [] : file.get('added_tokens').items.map(addedToken)
  const unknownToken = model.get('unk_token')
  return {
    vocabulary: vocabularyOf(model.get('vocab'), added),
    merges: model.get('merges').items.map(mergeOf),
    specialTokens: added.map(({ special }) => special),
    addPrefixSpace: preTokenizer.get('add_prefix_space').value === true,
    unknownToken: unknownToken.isNone ? null : unknownToken.string,
  }
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`tokenizer.json: not JSON, is the file complete? ${(error as Error).message}`, { cause: error })
  }
}

interface AddedToken {
  readonly id: number
  readonly special: SpecialToken
}

function addedToken(field: Field): AddedToken {
  field.get('single_word').expectNone()
  field.get('rstrip').expectNone()
  const special = { token: field.get('content').string, stripLeft: field.get('lstrip').value === true }
  return { id: field.get('id').number, special }
}

/** Newer files write a merge as two strings, older ones as one with a space between. */
function mergeOf(field: Field): readonly [string, string] {
  const parts = typeof field.value === 'string' ? field.value.split(' ') : field.items.map((item) => item.string)
  const [left, right] = parts
  if (parts.length !== 2 || !left || !right) field.fail('two tokens')
  return [left as string, right as string]
}

function vocabularyOf(vocab: Field, added: readonly AddedToken[]): string[] {
  const vocabulary: string[] = []
  const tokens = new Set([...vocab.entries.map(([token]) => token), ...added.map(({ special }) => special.token)]).size
  const place = (token: string, id: number, field: Field): void => {
    if (!Number.isInteger(id) || id < 0 || id >= tokens)
      field.fail(`a whole number from 0 to ${tokens - 1}, one per token`)
    if ((vocabulary[id] ?? token) !== token)
      field.fail(`an id of its own, for ${JSON.stringify(vocabulary[id])} has it too`)
    vocabulary[id] = token
  }
  for (const [token, field] of vocab.entries) place(token, field.number, field)
  for (const { id, special } of added) place(special.token, id, new Field(`added token ${special.token}`, id))
  return vocabulary
}

/** A value of the file that knows where it stands, so that a complaint can say so. */
class Field {
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

  expect(...supported: readonly unknown[]): void {
    if (!supported.includes(this.value)) this.fail(supported.map((value) => JSON.stringify(value)).join(' or '))
  }

  expectNone(): void {
    if (!this.isNone) this.fail('nothing, this is not supported')
  }

  fail(expected: string): never {
    const found = JSON.stringify(this.value)?.slice(0, 80) ?? 'nothing'
    throw new Error(`${this.#path}: expected ${expected}, found ${found}`)
  }

  get #object(): Record<string | number, unknown> {
    const { value } = this
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : this.fail('an object')
  }
}
