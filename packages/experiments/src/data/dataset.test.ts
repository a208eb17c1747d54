import fc from 'fast-check'
import { expect, test } from 'vitest'
import { documentsOf, type LabelledText, makeDataset, shuffle, type TextDataset } from './dataset.ts'

function numbered(count: number): LabelledText[] {
  return Array.from({ length: count }, (_, index) => ({ text: `text ${index}`, label: index % 2 }))
}

function dataset(documents: readonly LabelledText[], labels: readonly string[] = ['no', 'yes'], seed = 0): TextDataset {
  return makeDataset(documents, { name: 'numbers', fingerprint: 'f', labels, seed })
}

test('a shuffle keeps every item, and the seed names the order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 50 }), fc.nat(), (items, seed) => {
      const ascending = (a: number, b: number): number => a - b
      expect(shuffle(items, seed).sort(ascending)).toEqual([...items].sort(ascending))
      expect(shuffle(items, seed)).toEqual(shuffle(items, seed))
    }),
  )
  const items = numbered(100)
  expect(shuffle(items, 1)).not.toEqual(shuffle(items, 2))
})

test('no text is in two of train, validation and test, and pretraining lies inside train', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 3000 }), (count) => {
      const made = dataset(numbered(count))
      const { train, validation, test, pretraining, heldOut } = made.splits
      expect([train[0], validation[0], test[0], test[1]]).toEqual([0, train[1], validation[1], count])
      expect([pretraining[0], heldOut[0], heldOut[1]]).toEqual([0, pretraining[1], train[1]])
      for (const [start, end] of Object.values(made.splits)) expect(end).toBeGreaterThan(start)
    }),
  )
})

test('a large data set is split 80, 10 and 10 percent, and half a percent of train is held out', () => {
  const { splits } = dataset(numbered(50_000))
  expect(splits).toEqual({
    pretraining: [0, 39_800],
    heldOut: [39_800, 40_000],
    train: [0, 40_000],
    validation: [40_000, 45_000],
    test: [45_000, 50_000],
  })
})

test('without labels there is only pretraining text', () => {
  const made = dataset(numbered(1000), [])
  expect(documentsOf(made, 'pretraining')).toHaveLength(900)
  expect(documentsOf(made, 'heldOut')).toHaveLength(100)
  for (const split of ['train', 'validation', 'test'] as const) expect(documentsOf(made, split)).toEqual([])
})

test('empty texts and exact duplicates are dropped before splitting, and counted', () => {
  const documents = [...numbered(20), ...numbered(5), { text: ' \n', label: 0 }]
  const made = dataset(documents)
  expect(made.facts).toEqual({ documents: 20, duplicates: 5, words: 40, bytes: 10 * 6 + 10 * 7 })
  expect(new Set(made.documents.map(({ text }) => text)).size).toBe(20)
})

test('too few texts are an error', () => {
  expect(() => dataset(numbered(9))).toThrow(/numbers: found 9 distinct labelled texts, need at least 10/)
  expect(() => dataset([...numbered(1), ...numbered(1)], [])).toThrow(/found 1 distinct texts, need at least 2/)
})
