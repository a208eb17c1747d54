import { type Field, parseJson } from './json-field.ts'
import type { SpecialToken, TokenizerModel } from './tokenizer-model.ts'
import { vocabularyOf } from './vocabulary-of.ts'

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
  const file = parseJson(json, 'tokenizer.json')
  const model = file.get('model')
  // Older files do not name the model; merges tell.
  model.get('type').expect('BPE', ...(model.get('merges').isNone ? [] : [undefined]))
  for (const name of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix'] as const)
    model.get(name).expectNone()
  for (const name of ['fuse_unk', 'byte_fallback', 'ignore_merges'] as const) model.get(name).expectNone()
  file.get('normalizer').expectNone()
  const preTokenizer = file.get('pre_tokenizer')
  preTokenizer.get('type').expect('ByteLevel')
  preTokenizer.get('use_regex').expect(true, undefined)
  if (!file.get('decoder').isNone) file.get('decoder').get('type').expect('ByteLevel')
  const added = file.get('added_tokens').isNone ? [] : file.get('added_tokens').items.map(addedToken)
  const unknownToken = model.get('unk_token')
  const vocabulary = vocabularyOf(
    model.get('vocab'),
    added.map(({ id, special }) => [special.token, id]),
  )
  checkFrame(file.get('post_processor'), vocabulary.includes('<s>') && vocabulary.includes('</s>'))
  return {
    vocabulary,
    merges: model.get('merges').items.map(mergeOf),
    specialTokens: added.map(({ special }) => special),
    addPrefixSpace: preTokenizer.get('add_prefix_space').value === true,
    unknownToken: unknownToken.isNone ? null : unknownToken.string,
  }
}

/** A tokenizer with both tokens frames texts with them. The file has to say the same. */
function checkFrame(postProcessor: Field, framed: boolean): void {
  if (framed) {
    if (postProcessor.isNone) postProcessor.expect('RobertaProcessing')
    postProcessor.get('type').expect('RobertaProcessing')
    postProcessor.get('cls').get(0).expect('<s>')
    postProcessor.get('sep').get(0).expect('</s>')
  } else if (!postProcessor.isNone) postProcessor.get('type').expect('ByteLevel')
}

interface AddedToken {
  readonly id: number
  readonly special: SpecialToken
}

function addedToken(field: Field): AddedToken {
  field.get('single_word').expectNone()
  field.get('rstrip').expectNone()
  field.get('special').expect(true, undefined)
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
