import { describe, expect, test } from 'vitest'
import { gpt2Vocabulary } from '../../test/gpt2-vocabulary.ts'
import { trainTokenizer } from './train.ts'
import { tokenizerFromVocabulary, vocabularyFiles } from './vocabulary-files.ts'

const tokenizer = trainTokenizer(['the cat sat on the mat ## ##'], { vocabularySize: 275 })
const { vocab, merges } = vocabularyFiles(tokenizer)

test('a tokenizer comes back from vocab.json and merges.txt', () => {
  expect(merges.split('\n')[0]).toBe('#version: 0.2')
  expect(tokenizerFromVocabulary(vocab, merges).model).toEqual(tokenizer.model)
  expect(tokenizerFromVocabulary(JSON.parse(vocab), merges.replaceAll('\n', '\r\n')).model).toEqual(tokenizer.model)
})

test('a merge of number signs is a merge, not a comment', () => {
  expect(tokenizer.model.merges).toContainEqual(['#', '#'])
  expect(tokenizerFromVocabulary(vocab, merges.slice(merges.indexOf('\n') + 1)).model).toEqual(tokenizer.model)
})

test("GPT-2's files load, its end of text is special, and they come back as they were", () => {
  const gpt2 = tokenizerFromVocabulary(gpt2Vocabulary.vocab, gpt2Vocabulary.merges)
  expect(gpt2.vocabularySize).toBe(50_257)
  expect(gpt2.model.merges).toHaveLength(50_000)
  expect(gpt2.isSpecial(50_256)).toBe(true)
  const files = vocabularyFiles(gpt2)
  expect(JSON.parse(files.vocab)).toEqual(JSON.parse(gpt2Vocabulary.vocab))
  expect(files.merges).toBe(gpt2Vocabulary.merges)
})

test('which tokens are special and whether a space goes in front can be said', () => {
  const other = tokenizerFromVocabulary(vocab, merges, { specialTokens: ['<s>', '</s>'], addPrefixSpace: true })
  expect([other.isSpecial(0), other.isSpecial(4), other.model.addPrefixSpace]).toEqual([true, false, true])
  expect(() => tokenizerFromVocabulary(vocab, merges, { specialTokens: ['<cls>'] })).toThrow(
    /special token "<cls>" is not in the vocabulary/,
  )
})

describe('files that are damaged or contradict each other are an error that says where', () => {
  test.each([
    ['half a vocabulary', vocab.slice(0, 100), merges, /vocab\.json: not JSON, is the file complete\?/],
    ['a vocabulary that is a list', '["a"]', merges, /vocab\.json\["0"\]: expected a number, found "a"/],
    ['no vocabulary', 'null', merges, /vocab\.json: expected an object, found null/],
    ['a gap in the ids', '{"a":0,"b":2}', '', /vocab\.json\["b"\]: expected a whole number from 0 to 1.*found 2/],
    ['one id for two tokens', '{"a":0,"b":0}', '', /expected an id of its own, for "a" has it too/],
    ['half a merge', vocab, `${merges}t`, /merges\.txt: line \d+: expected two tokens with a space between, found "t"/],
    ['a merge of three', vocab, 'a b c', /line 1: expected two tokens/],
    ['merges of another vocabulary', vocab, '#version: 0.2\nz q\n', /merge 0 needs a token that "zq" is not in the/],
  ])('%s', (_, vocabText, mergesText, error) => {
    expect(() => tokenizerFromVocabulary(vocabText, mergesText)).toThrow(error)
  })
})
