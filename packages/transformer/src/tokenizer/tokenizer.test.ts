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
const tokenizer = trainTokenizer(texts, { vocabularySize: 270 })

describe('any text comes back', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.array(fc.nat({ max: 0xffff }), { maxLength: 50 }).map((units) => String.fromCharCode(...units)), // lone surrogates
    fc.constantFrom('\ufeffmark', '\ud83d', '\ude00\ud83d', ' <mask> ', '</s>', '\u0000'),
  )

  test('decode(encode(text)) is the text, a lone surrogate becomes U+FFFD', () => {
    fc.assert(
      fc.property(any, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.toWellFormed())
        expect(tokenizer.decode(tokenizer.encode(text, { specialTokens: false }))).toBe(text.toWellFormed())
      }),
      { numRuns: 1000 },
    )
  })

  test('text that looks like a special token stays text', () => {
    expect([...tokenizer.encode('</s><mask>')].filter((id) => tokenizer.isSpecial(id))).toEqual([0, 2])
  })
})

describe('special tokens', () => {
  test('a text and a pair are framed as in RoBERTa', () => {
    const frame = (ids: Int32Array): string => tokenizer.decode(ids, { skipSpecialTokens: false })
    expect(frame(tokenizer.encode('cat'))).toBe('<s>cat</s>')
    expect(frame(tokenizer.encode(['cat', 'mat']))).toBe('<s>cat</s></s>mat</s>')
    expect(frame(tokenizer.encode(''))).toBe('<s></s>')
    expect(frame(tokenizer.encode('cat', { specialTokens: false }))).toBe('cat')
  })

  test('they are read from the text when asked for, the mask with the space before it', () => {
    const ids = tokenizer.encode('The <mask>  </s> sat', { parseSpecialTokens: true, specialTokens: false })
    expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe('The<mask>  </s> sat')
    expect([...ids].filter((id) => tokenizer.isSpecial(id))).toEqual([tokenizer.maskId, tokenizer.endId])
  })

  test('their ids are 0 to 4', () => {
    const { beginId, padId, endId, unknownId, maskId } = tokenizer
    expect([beginId, padId, endId, unknownId, maskId]).toEqual([0, 1, 2, 3, 4])
  })

  test('a tokenizer without them does not frame, and asking for one is an error', () => {
    const bare = trainTokenizer(texts, { vocabularySize: 300, specialTokens: [] })
    expect(bare.decode(bare.encode('cat'), { skipSpecialTokens: false })).toBe('cat')
    expect(() => bare.maskId).toThrow(/no token "<mask>"/)
  })

  test('a byte outside a seen alphabet is <unk>', () => {
    const seen = trainTokenizer(['abc'], { vocabularySize: 20, alphabet: 'seen' })
    expect([...seen.encode('azé', { specialTokens: false })]).toEqual([seen.idOf('a'), 3, 3, 3])
  })
})

describe('maxLength', () => {
  const word = (length: number): string => '\u0001'.repeat(length) // never merged: one id each

  test('cuts a text at the end and keeps the frame', () => {
    const ids = tokenizer.encode(word(10), { maxLength: 5 })
    expect([ids.length, ids[0], ids[4]]).toEqual([5, 0, 2])
    expect(tokenizer.encode(word(3), { maxLength: 5 })).toHaveLength(5)
  })

  test.each([
    // expected lengths: the longer text is cut until both fit; the rule of Hugging Face's `longest_first`
    [10, 10, 11, 3, 4],
    [10, 2, 11, 5, 2],
    [2, 10, 11, 2, 5],
    [4, 9, 11, 3, 4],
    [9, 4, 11, 4, 3],
    [1, 2, 11, 1, 2],
  ])('cuts a pair of %i and %i to %i: %i and %i', (first, second, maxLength, cutFirst, cutSecond) => {
    const ids = tokenizer.encode([word(first), word(second)], { maxLength })
    const firstEnd = ids.indexOf(2)
    expect([firstEnd - 1, ids.length - firstEnd - 3]).toEqual([cutFirst, cutSecond])
  })

  test('too small for the special tokens or not whole is an error', () => {
    expect(() => tokenizer.encode('a', { maxLength: 1 })).toThrow(/>= 2 .*got 1/)
    expect(() => tokenizer.encode(['a', 'b'], { maxLength: 3 })).toThrow(/>= 4 .*got 3/)
    expect(() => tokenizer.encode('a', { maxLength: 4.5 })).toThrow(/whole number/)
  })
})

test('ids outside the vocabulary are an error', () => {
  expect(() => tokenizer.decode([0, 5000])).toThrow(/0 to 269, got 5000 at 1/)
  expect(() => tokenizer.tokenOf(-1)).toThrow(/0 to 269, got -1/)
  expect(() => tokenizer.idOf('xyz')).toThrow(/no token "xyz"/)
})

test('a batch is its texts one by one', () => {
  expect(tokenizer.encodeBatch(['cat', ['mat', 'sat']])).toEqual([
    tokenizer.encode('cat'),
    tokenizer.encode(['mat', 'sat']),
  ])
})

describe('special tokens added later', () => {
  const larger = tokenizer.withSpecialTokens(['<term>', '<term2>'])

  test('take the next ids and are found in texts, the longest first', () => {
    expect(larger.vocabularySize).toBe(272)
    const ids = larger.encode('a<term2><term>', { parseSpecialTokens: true, specialTokens: false })
    expect([...ids]).toEqual([larger.idOf('a'), 271, 270])
    expect(larger.decode(ids, { skipSpecialTokens: false })).toBe('a<term2><term>')
    expect(larger.decode(ids)).toBe('a')
  })

  test('leave the ids of texts as they were, and the smaller tokenizer too', () => {
    expect(larger.encode(texts[0] as string)).toEqual(tokenizer.encode(texts[0] as string))
    expect(tokenizer.vocabularySize).toBe(270)
    expect(Tokenizer.fromJSON(JSON.stringify(larger)).model).toEqual(larger.model)
  })

  test('that are there already, given twice or empty are an error', () => {
    expect(() => tokenizer.withSpecialTokens(['<mask>'])).toThrow(/"<mask>" is empty or there already/)
    expect(() => tokenizer.withSpecialTokens(['<a>', '<a>'])).toThrow(/"<a>"/)
    expect(() => tokenizer.withSpecialTokens([''])).toThrow(/""/)
  })
})

describe('ids decoded as they come', () => {
  const ids = fc.array(fc.nat({ max: 269 }), { maxLength: 60 })

  test('give the text of all ids, whatever they are', () => {
    fc.assert(
      fc.property(ids, fc.boolean(), (all, skipSpecialTokens) => {
        const decoder = tokenizer.decoder({ skipSpecialTokens })
        const text = all.map((id) => decoder.push(id)).join('') + decoder.end()
        expect(text).toBe(tokenizer.decode(all, { skipSpecialTokens }))
      }),
      { numRuns: 500 },
    )
  })

  test('hold back half a character, and only that', () => {
    const decoder = tokenizer.decoder()
    const parts = [...tokenizer.encode('é😀!', { specialTokens: false })].map((id) => decoder.push(id))
    expect(parts.join('')).toBe('é😀!')
    expect(parts.join('')).not.toContain('\ufffd')
    expect(parts.at(-1)).toBe('!')
    decoder.push(tokenizer.idOf('Ã'))
    expect(decoder.end()).toBe('\ufffd')
    expect(decoder.push(tokenizer.idOf('a')), 'it can start again').toBe('a')
    expect(() => decoder.push(270)).toThrow(/0 to 269, got 270/)
  })
})

describe('texts that others would stumble over', () => {
  // Time per byte stays what it is: with anything quadratic these would take hours, and the test its limit.
  test.each([
    ['one word of ten million letters', 'abcdefghij'.repeat(1e6)],
    ['one run of a million spaces', ' '.repeat(1e6)],
    ['one line of ten million bytes', 'The cat sat on the mat. '.repeat(420_000)],
    ['a million NULs', '\u0000'.repeat(1e6)],
    ['a million lone surrogates', '\ud83d'.repeat(1e6)],
  ])('%s comes back', (_, text) => {
    expect(tokenizer.decode(tokenizer.encode(text)) === text.toWellFormed()).toBe(true)
  })

  test('a long text that is cut to few ids is not read to its end', () => {
    const text = 'The cat sat on the mat. '.repeat(420_000)
    for (let times = 0; times < 1000; times++) expect(tokenizer.encode(text, { maxLength: 8 })).toHaveLength(8)
  })

  test('many masks in one text are found in one pass', () => {
    const ids = tokenizer.encode('a <mask>'.repeat(300_000), { parseSpecialTokens: true })
    expect(ids.filter((id) => id === tokenizer.maskId)).toHaveLength(300_000)
  })
})
