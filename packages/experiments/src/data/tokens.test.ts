import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tokenizer } from '@tlc/transformer'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type TextDataset } from './dataset.ts'
import { type DatasetSource, openTextDataset } from './load-dataset.ts'
import { labelledSequences, packedSequences } from './sequences.ts'
import { encode, loadTokenizer, loadTokens, type TokenizedDataset } from './tokens.ts'

let directory = ''
let source: DatasetSource
let dataset: TextDataset
let tokenizer: Tokenizer
let data: TokenizedDataset

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-tokens-'))
  const path = join(directory, 'numbers.tsv')
  const rows = Array.from(
    { length: 200 },
    (_, index) => `${index % 3}\tnumber ${index} is ${'very '.repeat(index % 7)}long`,
  )
  await writeFile(path, rows.join('\n'))
  source = await openTextDataset(path)
  dataset = await source.read()
  tokenizer = await loadTokenizer(source, { vocabularySize: 280, cacheDirectory: directory })
  data = await loadTokens(source, tokenizer, { cacheDirectory: directory })
})
afterAll(() => rm(directory, { recursive: true }))

/** A source that complains when it is read. */
function unread(): DatasetSource {
  return { ...source, read: () => Promise.reject(new Error('read')) }
}

describe('a tokenized data set', () => {
  test('spells the documents it was made of', () => {
    dataset.documents.forEach(({ text, label }, index) => {
      expect(tokenizer.decode(data.ids.subarray(data.offsets[index], data.offsets[index + 1]))).toBe(text)
      expect(data.classes[index]).toBe(label)
    })
    expect(data.offsets.at(-1)).toBe(data.tokens)
    expect(data.labels).toEqual(['0', '1', '2'])
  })

  test('is the same from the cache, without reading the texts again', async () => {
    const again = await loadTokenizer(unread(), { vocabularySize: 280, cacheDirectory: directory })
    expect(again.model).toEqual(tokenizer.model)
    expect(await loadTokens(unread(), again, { cacheDirectory: directory })).toEqual(data)
  })

  test('is made anew for another tokenizer', async () => {
    const other = await loadTokenizer(source, { vocabularySize: 270, cacheDirectory: directory })
    expect((await loadTokens(source, other, { cacheDirectory: directory })).tokens).toBeGreaterThan(data.tokens)
    await expect(loadTokens(unread(), other, { cacheDirectory: join(directory, 'none') })).rejects.toThrow('read')
  })

  test('is made anew from a damaged cache', async () => {
    const path = join(directory, 'tokens')
    for (const name of await readdir(path)) if (name.endsWith('.bin')) await writeFile(join(path, name), 'damaged')
    expect(await loadTokens(source, tokenizer, { cacheDirectory: directory })).toEqual(data)
  })

  test('takes four bytes an id where two do not hold it', async () => {
    const vocabulary = [...tokenizer.model.vocabulary]
    while (vocabulary.length <= 2 ** 16) vocabulary.push(`unused ${vocabulary.length}`)
    const large = new (tokenizer.constructor as typeof Tokenizer)({ ...tokenizer.model, vocabulary })
    const encoded = await encode(dataset, large)
    expect(encoded.ids).toBeInstanceOf(Uint32Array)
    expect([...encoded.ids]).toEqual([...data.ids])
  })
})

describe('packed sequences', () => {
  test('are the framed documents in a row, of any length', () => {
    const whole = documentsOf(dataset, 'pretraining').flatMap(({ text }) => [...tokenizer.encode(text)])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (length) => {
        const { ids, count } = packedSequences(data, 'pretraining', length)
        expect(count).toBe(Math.floor(whole.length / length))
        expect([...ids]).toEqual(whole.slice(0, count * length))
      }),
      { numRuns: 20 },
    )
  })

  test('need enough text for one', () => {
    expect(() => packedSequences(data, 'heldOut', 10_000)).toThrow(
      /numbers\.tsv: heldOut has \d+ ids, cannot make sequences of 10000/,
    )
    expect(() => packedSequences(data, 'heldOut', 0)).toThrow(/sequences of 0/)
  })
})

describe('labelled sequences', () => {
  test('are the framed documents, cut or padded to the length', () => {
    const length = 14
    const { ids, lengths, labels, count } = labelledSequences(data, 'train', length)
    const documents = documentsOf(dataset, 'train')
    expect(count).toBe(documents.length)
    documents.forEach(({ text, label }, index) => {
      const expected = [...tokenizer.encode(text, { maxLength: length })]
      expect(lengths[index]).toBe(expected.length)
      expect(labels[index]).toBe(label)
      while (expected.length < length) expected.push(tokenizer.padId)
      expect([...ids.subarray(index * length, (index + 1) * length)]).toEqual(expected)
    })
    expect(Math.max(...lengths)).toBe(length)
    expect(Math.min(...lengths)).toBeLessThan(length)
  })

  test('can be the first few of a split', () => {
    const all = labelledSequences(data, 'test', 8)
    const few = labelledSequences(data, 'test', 8, 5)
    expect(few.count).toBe(5)
    expect(few.ids).toEqual(all.ids.slice(0, 5 * 8))
    expect(few.labels).toEqual(all.labels.slice(0, 5))
  })

  test('need labels, and room for a text', () => {
    expect(() => labelledSequences({ ...data, labels: [] }, 'train', 8)).toThrow(
      /no labels, but a task is to be learned/,
    )
    expect(() => labelledSequences(data, 'train', 2)).toThrow(/length must be a whole number >= 3.*got 2/)
  })
})
