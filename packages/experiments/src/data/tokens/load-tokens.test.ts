import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tokenizer } from '@tlc/transformer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Dataset } from '../dataset.ts'
import { openDataset } from '../open-dataset.ts'
import { loadTokenizer } from './load-tokenizer.ts'
import { loadTokens } from './load-tokens.ts'
import type { TokenizedDataset } from './tokenized-dataset.ts'

let directory = ''
let path = ''
let dataset: Dataset
let tokenizer: Tokenizer
let data: TokenizedDataset

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-tokens-'))
  path = join(directory, 'numbers.tsv')
  const rows = Array.from(
    { length: 200 },
    (_, index) => `${index % 3}\tnumber ${index} is ${'very '.repeat(index % 7)}long`,
  )
  await writeFile(path, rows.join('\n'))
  dataset = await openDataset(path)
  tokenizer = await loadTokenizer(dataset, { vocabularySize: 280, cacheDirectory: directory })
  data = await loadTokens(dataset, tokenizer, { cacheDirectory: directory })
})
afterAll(async () => {
  data[Symbol.dispose]()
  await rm(directory, { recursive: true })
})

/** The same data set, but it complains when it is read. */
function unread(): Dataset {
  return new Dataset({
    ...{ name: dataset.name, kind: dataset.kind, fingerprint: dataset.fingerprint, seed: 0 },
    // biome-ignore lint/correctness/useYield: it fails before its first item
    async *items() {
      throw new Error('read')
    },
  })
}

function allIds(of: TokenizedDataset): number[][] {
  return Array.from({ length: of.facts.documents * of.facts.parts }, (_, text) => {
    const [item, part] = [Math.floor(text / of.facts.parts), text % of.facts.parts]
    const ids = new Int32Array(of.lengthOf(item, part))
    of.copy(item, part, 0, ids)
    return [...ids]
  })
}

describe('a tokenized data set', () => {
  test('spells the texts it was made of', async () => {
    let item = 0
    for await (const { texts, label } of dataset.stream()) {
      const ids = new Int32Array(data.lengthOf(item))
      data.copy(item, 0, 0, ids)
      expect([tokenizer.decode(ids), data.index.classes[item++]]).toEqual([texts[0], label])
    }
    const { documents, tokens, labels } = data.facts
    expect([documents, labels, data.index.offsets.at(-1)]).toEqual([item, ['0', '1', '2'], tokens])
    expect(data.index.order).toEqual((await dataset.overview()).order)
  })

  test('is the same from the cache, without reading the texts again', async () => {
    const again = await loadTokenizer(unread(), { vocabularySize: 280, cacheDirectory: directory })
    expect(again.model).toEqual(tokenizer.model)
    using same = await loadTokens(unread(), again, { cacheDirectory: directory })
    expect([same.facts, same.index, allIds(same)]).toEqual([data.facts, data.index, allIds(data)])
  })

  test('is made anew for another tokenizer', async () => {
    const other = await loadTokenizer(dataset, { vocabularySize: 270, cacheDirectory: directory })
    using coarse = await loadTokens(dataset, other, { cacheDirectory: directory })
    expect(coarse.facts.tokens).toBeGreaterThan(data.facts.tokens)
    await expect(loadTokens(unread(), other, { cacheDirectory: join(directory, 'none') })).rejects.toThrow('read')
  })

  test.each(['ids.bin', 'index.bin', 'contents.json'])('is made anew if its %s is damaged', async (name) => {
    const cache = join(directory, `damaged-${name}`)
    using first = await loadTokens(dataset, tokenizer, { cacheDirectory: cache })
    const [folder = ''] = await readdir(join(cache, 'tokens'))
    await writeFile(join(cache, 'tokens', folder, name), 'damaged')
    await expect(loadTokens(unread(), tokenizer, { cacheDirectory: cache })).rejects.toThrow('read')
    using again = await loadTokens(dataset, tokenizer, { cacheDirectory: cache })
    expect(allIds(again)).toEqual(allIds(data))
    expect(first.facts).toEqual(again.facts)
    using kept = await loadTokens(unread(), tokenizer, { cacheDirectory: cache })
    expect(kept.facts).toEqual(again.facts)
  })

  test('that was interrupted leaves nothing behind, and is made whole the next time', async () => {
    const cache = join(directory, 'interrupted')
    let passes = 0
    const failing = new Dataset({
      ...{ name: dataset.name, kind: dataset.kind, fingerprint: dataset.fingerprint, seed: 0 },
      async *items() {
        passes++
        for await (const { texts, label } of dataset.stream()) {
          if (passes > 1 && texts[0]?.includes('number 100 ')) throw new Error('cut off')
          yield { texts, label: String(label) }
        }
      },
    })
    await expect(loadTokens(failing, tokenizer, { cacheDirectory: cache })).rejects.toThrow('cut off')
    expect(await readdir(join(cache, 'tokens'))).toEqual([])
    using whole = await loadTokens(dataset, tokenizer, { cacheDirectory: cache })
    expect(allIds(whole)).toEqual(allIds(data))
  })

  test('takes four bytes an id where two do not hold it', async () => {
    const vocabulary = [...tokenizer.model.vocabulary]
    while (vocabulary.length <= 2 ** 16) vocabulary.push(`unused ${vocabulary.length}`)
    const large = new (tokenizer.constructor as typeof Tokenizer)({ ...tokenizer.model, vocabulary })
    using wide = await loadTokens(dataset, large, { cacheDirectory: directory })
    expect(allIds(wide)).toEqual(allIds(data))
  })

  test('has two texts of each pair', async () => {
    const pairs = join(directory, 'pairs.tsv')
    await writeFile(pairs, Array.from({ length: 30 }, (_, index) => `number ${index}\tlong ${index}`).join('\n'))
    const translation = await openDataset(pairs, { kind: 'translation' })
    using both = await loadTokens(translation, tokenizer, { cacheDirectory: directory })
    expect(allIds(both).map((ids) => tokenizer.decode(ids))).toEqual(
      Array.from({ length: 60 }, (_, text) => `${text % 2 ? 'long' : 'number'} ${Math.floor(text / 2)}`),
    )
  })

  test('in a cache that cannot be written to is an error that says what to do', async () => {
    await expect(loadTokens(dataset, tokenizer, { cacheDirectory: path })).rejects.toThrow(/cannot write .*TLC_CACHE/)
  })
})
