import { Tokenizer as Library } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Tokenizer, trainTokenizer } from '../tokenizer/index.ts'
import { loadTokenizer } from './load-tokenizer.ts'

const added = (content: string, id: number) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

const wordPiece = {
  added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map(added),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [special('[CLS]'), sequence('A', 0), special('[SEP]')],
    pair: [special('[CLS]'), sequence('A', 0), special('[SEP]'), sequence('B', 1), special('[SEP]', 1)],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: ids(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'cat', '##s', 'sat', 'a', '.']),
  },
}

const unigram = {
  added_tokens: [added('<pad>', 0), added('</s>', 1), added('<unk>', 2)],
  normalizer: null,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  post_processor: {
    type: 'TemplateProcessing',
    single: [sequence('A', 0), special('</s>')],
    pair: [sequence('A', 0), special('</s>'), sequence('B', 0), special('</s>')],
    special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
  },
  decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  model: {
    type: 'Unigram',
    unk_id: 2,
    vocab: [
      ['<pad>', 0],
      ['</s>', 0],
      ['<unk>', 0],
      ['▁the', -3],
      ['▁cat', -4],
      ['s', -5],
      ['▁', -6],
      ['a', -7],
      ['▁a', -4],
    ],
  },
}

function special(id: string, type_id = 0) {
  return { SpecialToken: { id, type_id } }
}

function sequence(id: string, type_id: number) {
  return { Sequence: { id, type_id } }
}

function ids(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]))
}

test('a byte-level BPE is a Tokenizer of this package', async () => {
  const tokenizer = trainTokenizer(['the cats sat'], { vocabularySize: 270 })
  const loaded = await loadTokenizer(JSON.stringify(tokenizer))
  expect(loaded).toBeInstanceOf(Tokenizer)
  expect((loaded as Tokenizer).model).toEqual(tokenizer.model)
})

test('a byte-level BPE with a frame of another kind is not taken for one of ours', async () => {
  const file = JSON.parse(JSON.stringify(trainTokenizer(['the cats sat'], { vocabularySize: 270 })))
  const loaded = await loadTokenizer({ ...file, post_processor: null })
  expect(loaded).not.toBeInstanceOf(Tokenizer)
  expect(loaded.decode(loaded.encode('the cats'), { skipSpecialTokens: false })).toBe('the cats')
})

describe.each([
  ['WordPiece', wordPiece, ['The cats sat.', 'cat', '', 'unheard of', 'a [MASK] cat']],
  ['Unigram', unigram, ['the cats', 'a cat', '', 'xyz the']],
])('%s', (_, file, texts) => {
  const library = new Library(file, {})
  const text = fc.constantFrom(...texts)

  test('has the ids of the library, alone and in pairs', async () => {
    const tokenizer = await loadTokenizer(JSON.stringify(file))
    fc.assert(
      fc.property(text, text, (first, second) => {
        expect([...tokenizer.encode(first)]).toEqual(library.encode(first).ids)
        fc.pre(second !== '') // to the library an empty second text is none
        expect([...tokenizer.encode([first, second])]).toEqual(library.encode(first, { text_pair: second }).ids)
        expect([...tokenizer.encode(first, { specialTokens: false })]).toEqual(
          library.encode(first, { add_special_tokens: false }).ids,
        )
      }),
    )
  })

  test('is cut to a length and keeps its frame', async () => {
    const tokenizer = await loadTokenizer(file)
    const whole = [...tokenizer.encode('the cat the cat')]
    const cut = [...tokenizer.encode('the cat the cat', { maxLength: 4 })]
    const kept = 4 - (whole.length - 4)
    expect(cut).toHaveLength(4)
    expect(cut.filter((id) => tokenizer.isSpecial(id))).toEqual(whole.filter((id) => tokenizer.isSpecial(id)))
    expect(tokenizer.decode(cut)).toBe('the cat the cat'.split(' ').slice(0, kept).join(' '))
    expect(() => tokenizer.encode('the cat the cat', { maxLength: 4, truncation: 'none' })).toThrow(/too long/)
    expect(() => tokenizer.encode('a', { maxLength: 0 })).toThrow(/maxLength must be a whole number/)
  })

  test('decodes, also no ids at all, and refuses ids that do not exist', async () => {
    const tokenizer = await loadTokenizer(file)
    expect(tokenizer.decode(tokenizer.encode('the cats'))).toBe('the cats')
    expect(tokenizer.decode([])).toBe('')
    expect(tokenizer.decode([tokenizer.padId])).toBe('')
    expect(() => tokenizer.decode([tokenizer.vocabularySize])).toThrow(/ids are 0 to/)
    expect(() => tokenizer.idOf('dog')).toThrow(/no token "dog"/)
  })
})

test("special tokens are found under their names in BERT's vocabulary", async () => {
  const { beginId, padId, endId, unknownId, maskId, vocabularySize } = await loadTokenizer(wordPiece)
  expect([padId, unknownId, beginId, endId, maskId, vocabularySize]).toEqual([0, 1, 2, 3, 4, 11])
  const t5 = await loadTokenizer(unigram)
  expect([t5.padId, t5.endId, t5.unknownId]).toEqual([0, 1, 2])
  expect(() => t5.maskId).toThrow(/no token "<mask>" or "\[MASK\]"/)
})

describe('what nobody can read is an error', () => {
  test.each([
    ['half a file', '{"model": {', /not JSON, is the file complete/],
    ['a list', '[]', /model: expected an object, found nothing/],
    [
      'an unknown model',
      { ...wordPiece, model: { type: 'Markov', vocab: {} } },
      /model\.type: expected "BPE" or "WordPiece" or "Unigram", found "Markov"/,
    ],
    [
      'a normalizer that does not exist',
      { ...wordPiece, normalizer: { type: 'Shout' } },
      /@huggingface\/tokenizers cannot read it either: .*Shout/,
    ],
    [
      'a byte-level BPE with damaged merges',
      { model: { type: 'BPE', vocab: { a: 0 }, merges: ['a'] }, pre_tokenizer: { type: 'ByteLevel' } },
      /merges\[0\]: expected two tokens/,
    ],
  ])('%s', async (_, file, error) => {
    await expect(loadTokenizer(file)).rejects.toThrow(error)
  })
})
