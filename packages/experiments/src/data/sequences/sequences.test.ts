import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tokenizer } from '@tlc/transformer'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Dataset } from '../dataset.ts'
import { openDataset } from '../open-dataset.ts'
import { loadTokenizer } from '../tokens/load-tokenizer.ts'
import { loadTokens } from '../tokens/load-tokens.ts'
import type { TokenizedDataset } from '../tokens/tokenized-dataset.ts'
import { type Documents, selectDocuments } from './documents.ts'
import { exampleSequences, requireLabels } from './example-sequences.ts'
import { type PackedSequences, packedSequences } from './packed-sequences.ts'

let directory = ''
let dataset: Dataset
let tokenizer: Tokenizer
let data: TokenizedDataset
let pairs: TokenizedDataset

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-sequences-'))
  const rows = Array.from(
    { length: 200 },
    (_, index) => `${index % 3}\tnumber ${index} is ${'very '.repeat(index % 7)}long`,
  )
  const load = async (name: string, content: readonly string[]): Promise<Dataset> => {
    await writeFile(join(directory, name), content.join('\n'))
    return openDataset(join(directory, name))
  }
  const options = { cacheDirectory: directory }
  dataset = await load('numbers.tsv', rows)
  tokenizer = await loadTokenizer(dataset, { vocabularySize: 280, ...options })
  data = await loadTokens(dataset, tokenizer, options)
  const twice = rows.map((row, index) => `${row}\t${'very '.repeat(index % 5)}short`)
  pairs = await loadTokens(await load('pairs.tsv', twice), tokenizer, options)
})
afterAll(async () => {
  data[Symbol.dispose]()
  pairs[Symbol.dispose]()
  await rm(directory, { recursive: true })
})

/** Some documents in a row, the ids of each without special ones. */
function documentsOf({ items, lengths }: Documents): number[][] {
  return Array.from(items, (item, index) => {
    const ids = new Int32Array(lengths[index] as number)
    data.copy(item, 0, 0, ids)
    return [...ids]
  })
}

const framed = (ids: readonly number[]): number[] => [tokenizer.beginId, ...ids, tokenizer.endId]
const all = (count: number): number[] => [...new Array(count).keys()]
const rowsOf = ({ rows, count, length }: PackedSequences, chosen = all(count)): number[][] => {
  const ids = rows(chosen)
  return chosen.map((_, row) => [...ids.subarray(row * length, (row + 1) * length)])
}
const anyLength = fc.integer({ min: 3, max: 300 })
const anyShare = fc.double({ min: 0.05, max: 1, noNaN: true })

describe('packed sequences', () => {
  test('are the framed documents in a row: every id once, in order, and only an end is left over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), anyShare, (length, share) => {
        const documents = selectDocuments(data, 'pretraining', share)
        const whole = documentsOf(documents).flatMap(framed)
        if (whole.length < length) {
          expect(() => packedSequences(data, documents, { length })).toThrow(`cannot make sequences of ${length}`)
          return
        }
        const packed = packedSequences(data, documents, { length })
        expect(rowsOf(packed).flat()).toEqual(whole.slice(0, packed.count * length))
        expect([packed.count * length + packed.leftOver, packed.paddingShare]).toEqual([whole.length, 0])
        expect(packed.leftOver).toBeLessThan(length)
      }),
      { numRuns: 30 },
    )
  })

  test('that do not cross documents have every id once, in order, and say what is padding', () => {
    fc.assert(
      fc.property(anyLength, anyShare, (length, share) => {
        const documents = selectDocuments(data, 'pretraining', share)
        const packed = packedSequences(data, documents, { length, crossDocuments: false })
        const expected = documentsOf(documents).flatMap((ids) =>
          all(Math.ceil(ids.length / (length - 2))).map((piece) =>
            framed(ids.slice(piece * (length - 2), (piece + 1) * (length - 2))),
          ),
        )
        const rows = rowsOf(packed)
        expect(rows.map((row) => row.filter((id) => id !== tokenizer.padId))).toEqual(expected)
        const padding = rows.flat().filter((id) => id === tokenizer.padId).length
        expect(packed.paddingShare).toBeCloseTo(padding / (packed.count * length), 12)
      }),
      { numRuns: 30 },
    )
  })

  test('can be chosen in any order', () => {
    const packed = packedSequences(data, selectDocuments(data, 'pretraining'), { length: 32 })
    const rows = rowsOf(packed)
    fc.assert(
      fc.property(fc.array(fc.nat(packed.count - 1)), (chosen) => {
        expect(rowsOf(packed, chosen)).toEqual(chosen.map((row) => rows[row]))
      }),
    )
  })

  test('need enough text for one', () => {
    const documents = selectDocuments(data, 'heldOut')
    const message = /numbers\.tsv: heldOut has \d+ ids, cannot make sequences of 10000/
    expect(() => packedSequences(data, documents, { length: 10_000 })).toThrow(message)
    expect(() => packedSequences(data, documents, { length: 0 })).toThrow(/length must be a whole number >= 1, got 0/)
    expect(() => packedSequences(data, documents, { length: 2, crossDocuments: false })).toThrow(/>= 3, got 2/)
  })
})

describe('a share of the documents', () => {
  test('has exactly its ids, is the beginning of a larger share, and only its last document is cut', () => {
    const whole = selectDocuments(data, 'pretraining')
    const ids = documentsOf(whole).flat()
    expect(whole.tokens).toBe(ids.length)
    fc.assert(
      fc.property(anyShare, (share) => {
        const part = selectDocuments(data, 'pretraining', share)
        expect(part.tokens).toBe(Math.round(share * whole.tokens))
        expect(documentsOf(part).flat()).toEqual(ids.slice(0, part.tokens))
        expect(part.lengths.slice(0, -1)).toEqual(whole.lengths.slice(0, part.items.length - 1))
        expect(Math.min(...part.lengths)).toBeGreaterThan(0)
      }),
    )
  })

  test('of 1 percent lies in that of 5 percent, and both are exact', () => {
    const [one, five, whole] = [0.01, 0.05, 1].map((share) => selectDocuments(data, 'train', share))
    if (!(one && five && whole)) throw new Error('three were asked for')
    expect([one.tokens, five.tokens]).toEqual([Math.round(whole.tokens / 100), Math.round(whole.tokens / 20)])
    expect(documentsOf(five).flat().slice(0, one.tokens)).toEqual(documentsOf(one).flat())
  })

  test('is not nothing, nor more than all', () => {
    expect(() => selectDocuments(data, 'train', 1e-9)).toThrow(
      /numbers\.tsv: train has \d+ ids, a share of 1e-9 has none/,
    )
    for (const share of [0, 1.1, Number.NaN])
      expect(() => selectDocuments(data, 'train', share)).toThrow(/share must be/)
  })
})

describe('sequences of examples', () => {
  test('are the framed texts, cut or padded to the length, and those that are cut are counted', async () => {
    const maxLength = 10
    const { rows, lengths, labels, count, truncated } = exampleSequences(data, 'train', { maxLength })
    const examples = await dataset.examples('train')
    expect(count).toBe(examples.length)
    const ids = rows(all(count), maxLength)
    let cut = 0
    examples.forEach(({ texts: [text = ''], label }, index) => {
      const expected = [...tokenizer.encode(text, { maxLength })]
      if (tokenizer.encode(text).length > maxLength) cut++
      expect([lengths[index], labels[index]]).toEqual([expected.length, label])
      while (expected.length < maxLength) expected.push(tokenizer.padId)
      expect([...ids.subarray(index * maxLength, (index + 1) * maxLength)]).toEqual(expected)
    })
    expect(truncated).toBe(cut)
    expect([cut > 0, cut < count]).toEqual([true, true])
  })

  test('of long texts can be several windows, which are of full length and lose nothing but in the middle', () => {
    const whole = exampleSequences(data, 'train', { maxLength: 1000 })
    const text = (number: number): number[] => [...whole.rows([number], whole.lengths[number] as number)].slice(1, -1)
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 40 }), fc.integer({ min: 1, max: 6 }), (maxLength, windows) => {
        const { rows, lengths, labels, items, count, truncated } = exampleSequences(data, 'train', {
          maxLength,
          windows,
        })
        const room = maxLength - 2
        const of = Map.groupBy(all(count), (number) => items[number] as number)
        expect([...of.keys()]).toEqual([...all(whole.count)])
        let cut = 0
        for (const [item, numbers] of of) {
          const ids = text(item)
          const parts = numbers.map((number) => [...rows([number], lengths[number] as number)].slice(1, -1))
          expect(numbers.map((number) => labels[number])).toEqual(numbers.map(() => whole.labels[item]))
          expect(numbers.length).toBe(Math.min(windows, Math.max(1, Math.ceil(ids.length / room))))
          expect(parts[0]).toEqual(ids.slice(0, room))
          if (parts.length > 1) expect(parts.at(-1)).toEqual(ids.slice(-room))
          for (const part of parts) expect(part.length).toBe(Math.min(room, ids.length))
          if (ids.length > room * windows) cut++
          else expect(new Set(parts.flat())).toEqual(new Set(ids))
        }
        expect(truncated).toBe(cut)
      }),
      { numRuns: 20 },
    )
    expect(() => exampleSequences(pairs, 'train', { maxLength: 20, windows: 2 })).toThrow('of pairs 1, got 2')
  })

  test('of pairs keep both texts, the longer gives way first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 60 }), (maxLength) => {
        const { rows, lengths, count, truncated } = exampleSequences(pairs, 'train', { maxLength })
        const items = pairs.itemsOf('train')
        let cut = 0
        for (let number = 0; number < count; number++) {
          const whole = [0, 1].map((part) => {
            const ids = new Int32Array(pairs.lengthOf(items[number] as number, part))
            pairs.copy(items[number] as number, part, 0, ids)
            return [...ids]
          })
          const kept = whole.map((ids) => [...ids])
          const size = (): number => kept.flat().length + 4
          if (size() > maxLength) cut++
          const [first, second] = kept as [number[], number[]]
          while (size() > maxLength) (first.length > second.length ? first : second).pop()
          const { beginId: begin, endId: end } = tokenizer
          const expected = [begin, ...first, end, end, ...second, end]
          expect([...rows([number], lengths[number] as number)]).toEqual(expected)
        }
        expect(truncated).toBe(cut)
      }),
      { numRuns: 15 },
    )
  })

  test('can be of one part, or the first few of a split', () => {
    const second = exampleSequences(pairs, 'test', { maxLength: 60, part: 1, limit: 5 })
    expect(second.count).toBe(5)
    for (const number of all(5)) {
      const ids = second.rows([number], second.lengths[number] as number)
      expect(tokenizer.decode(ids.slice(1, -1))).toMatch(/^(very )*short$/)
    }
    const few = exampleSequences(data, 'test', { maxLength: 8, limit: 5 })
    const more = exampleSequences(data, 'test', { maxLength: 8 })
    expect(few.rows(all(5), 8)).toEqual(more.rows(all(5), 8))
    expect(few.labels).toEqual(more.labels.slice(0, 5))
  })

  test('need room, and a task needs labels', () => {
    expect(() => exampleSequences(data, 'train', { maxLength: 2 })).toThrow(
      /maxLength must be a whole number >= 3.*got 2/,
    )
    expect(() => exampleSequences(pairs, 'train', { maxLength: 4 })).toThrow(/>= 5/)
    const { rows, lengths } = exampleSequences(data, 'train', { maxLength: 40 })
    expect(() => rows([0], (lengths[0] as number) - 1)).toThrow(/sequence 0 has \d+ ids, more than/)
    requireLabels(data)
    const unlabelled = Object.create(data, { facts: { value: { ...data.facts, labels: [] } } }) as TokenizedDataset
    expect(() => requireLabels(unlabelled)).toThrow(/no labels, but a task is to be learned/)
  })
})
