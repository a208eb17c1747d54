import { Tokenizer as PeerTokenizer } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Tokenizer } from './tokenizer.ts'
import { trainTokenizer } from './train.ts'

const texts = [
  'The cat sat on the mat.',
  'The dog sat on the cat!',
  "It's the cat's mat, isn't it?",
  'naïve café 你好 😀',
]
const tokenizer = trainTokenizer(texts, { vocabularySize: 276 })
const json = JSON.stringify(tokenizer)

test('a saved tokenizer loads as the same tokenizer', () => {
  expect(Tokenizer.fromJSON(json).model).toEqual(tokenizer.model)
  expect(Tokenizer.fromJSON(JSON.parse(json)).model).toEqual(tokenizer.model)
  const plain = trainTokenizer(texts, { vocabularySize: 300, specialTokens: [], addPrefixSpace: true })
  expect(Tokenizer.fromJSON(JSON.stringify(plain)).model).toEqual(plain.model)
})

describe('npm @huggingface/tokenizers reads the file', () => {
  const peer = new PeerTokenizer(JSON.parse(json), {})
  const words = fc.array(
    fc.constantFrom('The', 'cat', "'s", ' ', '  ', '\n', 'mat', '你好', '😀', '1', '!', 'é', "isn't"),
  )
  const text = fc.oneof(
    words.map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
  )

  test('and gives the same ids for a text and for a pair', () => {
    fc.assert(
      fc.property(text, text, (first, second) => {
        expect(peer.encode(first).ids).toEqual([...tokenizer.encode(first)])
        fc.pre(second !== '') // to the peer an empty second text is none
        expect(peer.encode(first, { text_pair: second }).ids).toEqual([...tokenizer.encode([first, second])])
      }),
      { numRuns: 300 },
    )
  })

  test('and finds the same special tokens in a text', () => {
    const masked = 'The <mask> sat on</s> the <mask>.<pad>'
    expect(peer.encode(masked).ids).toEqual([...tokenizer.encode(masked, { parseSpecialTokens: true })])
  })

  test('and decodes to the same text', () => {
    const ids = tokenizer.encode("The cat's naïve 😀")
    expect(peer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false })).toBe(
      tokenizer.decode(ids),
    )
  })
})

test('merges written as one string, as in older files, load too', () => {
  const file = JSON.parse(json)
  file.model.merges = file.model.merges.map((pair: string[]) => pair.join(' '))
  expect(Tokenizer.fromJSON(file).model).toEqual(tokenizer.model)
})

test('a model that is not named, as in older files, is known by its merges', () => {
  const file = JSON.parse(json)
  delete file.model.type
  expect(Tokenizer.fromJSON(file).model).toEqual(tokenizer.model)
  delete file.model.merges
  expect(() => Tokenizer.fromJSON(file)).toThrow(/model\.type: expected "BPE", found nothing/)
})

describe('a file that is damaged or of another kind is an error that says where', () => {
  interface Damage {
    readonly what: string
    readonly path: readonly (string | number)[]
    readonly value: unknown
    readonly error: RegExp
  }
  const damages: Damage[] = [
    {
      what: 'another model',
      path: ['model', 'type'],
      value: 'WordPiece',
      error: /model\.type: expected "BPE", found "WordPiece"/,
    },
    {
      what: 'no vocabulary',
      path: ['model', 'vocab'],
      value: undefined,
      error: /model\.vocab: expected an object, found nothing/,
    },
    {
      what: 'a merge of one token',
      path: ['model', 'merges', 1],
      value: ['a'],
      error: /merges\[1\]: expected two tokens, found \["a"\]/,
    },
    {
      what: 'a merge of unknown tokens',
      path: ['model', 'merges', 0],
      value: ['q', 'zq'],
      error: /merge 0 needs a token that "zq" is not/,
    },
    { what: 'an id twice', path: ['model', 'vocab', 'a'], value: 7, error: /an id of its own/ },
    { what: 'an id too large', path: ['model', 'vocab', 'a'], value: 4e9, error: /from 0 to 275.*found 4000000000/ },
    {
      what: 'an id that is no number',
      path: ['model', 'vocab', 'a'],
      value: '7',
      error: /expected a number, found "7"/,
    },
    { what: 'a normalizer', path: ['normalizer'], value: { type: 'NFC' }, error: /normalizer: expected nothing/ },
    {
      what: 'another pre-tokenizer',
      path: ['pre_tokenizer', 'type'],
      value: 'Whitespace',
      error: /expected "ByteLevel"/,
    },
    { what: 'no frame', path: ['post_processor'], value: null, error: /post_processor: expected "RobertaProcessing"/ },
    { what: 'another decoder', path: ['decoder', 'type'], value: 'Fuse', error: /decoder\.type: expected "ByteLevel"/ },
    { what: 'a word added', path: ['added_tokens', 4, 'special'], value: false, error: /special: expected true/ },
    {
      what: 'another frame',
      path: ['post_processor', 'cls', 0],
      value: '[CLS]',
      error: /expected "<s>", found "\[CLS\]"/,
    },
  ]

  test.each(damages)('$what', ({ path, value, error }) => {
    const file = JSON.parse(json)
    const holder = path.slice(0, -1).reduce((object, name) => object[name], file)
    holder[path.at(-1) as string] = value
    expect(() => Tokenizer.fromJSON(file)).toThrow(error)
  })

  test('half a file', () => {
    expect(() => Tokenizer.fromJSON(json.slice(0, 1000))).toThrow(/tokenizer\.json: not JSON, is the file complete\?/)
    expect(() => Tokenizer.fromJSON('null')).toThrow(/tokenizer\.json: expected an object, found null/)
  })
})
