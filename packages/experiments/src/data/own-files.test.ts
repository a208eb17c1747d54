import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UserError } from '../user-error.ts'
import { documentsOf, type TextDataset } from './dataset.ts'
import { loadTextDataset, openTextDataset } from './load-dataset.ts'
import { loadParallelTexts } from './own-files.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-own-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, content)
  return path
}

async function load(name: string, content: string | Uint8Array): Promise<TextDataset> {
  return loadTextDataset(await file(name, content))
}

function texts(dataset: TextDataset): string[] {
  return dataset.documents.map(({ text }) => text).sort()
}

const rows = Array.from({ length: 20 }, (_, index) => `${index % 2 ? 'ham' : 'spam'}\tmessage ${index}`)

describe('a file of the user', () => {
  test('plain text: blank lines separate documents', async () => {
    const dataset = await load('a.txt', '\ufeffone\nstill one\n\n \ntwo\r\n\r\nthree')
    expect(texts(dataset)).toEqual(['one\nstill one', 'three', 'two'])
    expect(dataset.labels).toEqual([])
  })

  test('plain text without blank lines: every line is a document', async () => {
    expect(texts(await load('b.txt', 'one\ntwo\nthree\n'))).toEqual(['one', 'three', 'two'])
  })

  test('TSV: the classes are numbered in the order of their names, a header is skipped', async () => {
    const dataset = await load('a.tsv', ['label\ttext', ...rows].join('\n'))
    expect(dataset.labels).toEqual(['ham', 'spam'])
    expect(dataset.documents).toHaveLength(20)
    for (const { text, label } of dataset.documents) expect(label).toBe(Number(text.split(' ')[1]) % 2 ? 0 : 1)
  })

  test('JSON lines: with labels of any kind, or with none', async () => {
    const labelled = rows.map((_, index) => JSON.stringify({ label: index % 2 === 0, text: `t ${index}` }))
    expect((await load('a.jsonl', labelled.join('\n'))).labels).toEqual(['false', 'true'])
    const bare = await load('b.jsonl', '{"text":"one"}\n{"text":"two"}\n')
    expect([bare.labels, texts(bare)]).toEqual([[], ['one', 'two']])
  })

  test('parallel texts: distinct pairs, split', async () => {
    const pairs = Array.from({ length: 40 }, (_, index) => `house ${index % 20}\tmaison ${index % 20}`)
    const { train, validation, test: tested } = await loadParallelTexts(await file('p.tsv', pairs.join('\n')))
    expect([train.length, validation.length, tested.length]).toEqual([18, 1, 1])
    for (const { source, target } of train) expect(target).toBe(source.replace('house', 'maison'))
  })

  test('has a fingerprint of its content and the seed', async () => {
    const path = await file('f.txt', 'one\n\ntwo')
    const { fingerprint } = await openTextDataset(path)
    expect((await openTextDataset(path)).fingerprint).toBe(fingerprint)
    expect((await openTextDataset(path, { seed: 1 })).fingerprint).not.toBe(fingerprint)
    await file('f.txt', 'one\n\nthree')
    expect((await openTextDataset(path)).fingerprint).not.toBe(fingerprint)
  })
})

describe('a file that will not do is one error that says where and why', () => {
  test.each([
    ['empty.txt', ' \n\n', /empty\.txt: no text in it/],
    ['empty.tsv', '\n', /empty\.tsv: no rows in it; expected label<TAB>text/],
    ['one.txt', 'just one', /found 1 distinct texts, need at least 2/],
    ['latin.txt', Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x0a), /latin\.txt: not UTF-8/],
    ['cut.txt', Uint8Array.of(0x63, 0xc3), /cut\.txt: not UTF-8/],
    [
      'columns.tsv',
      [...rows, 'ham'].join('\n'),
      /columns\.tsv:21: expected 2 columns label<TAB>text, got 1; found "ham"/,
    ],
    ['void.tsv', ['ham\t', ...rows].join('\n'), /void\.tsv:1: .*an empty column/],
    ['same.tsv', rows.map((row) => row.replace('spam', 'ham')).join('\n'), /every row has the label "ham"/],
    ['swapped.tsv', rows.map((row) => row.split('\t').reverse().join('\t')).join('\n'), /20 labels in 20 rows/],
    ['json.jsonl', '{"text":"one"}\n{"text":', /json\.jsonl:2: expected a JSON object/],
    ['text.jsonl', '{"txt":"one"}', /text\.jsonl:1: .*a string "text".*found "\{/],
    ['null.jsonl', 'null', /null\.jsonl:1: expected a JSON object/],
    ['mixed.jsonl', '{"text":"one","label":1}\n{"text":"two"}', /mixed\.jsonl:2: no label, but other rows have one/],
    ['few.tsv', rows.slice(0, 4).join('\n'), /found 4 distinct labelled texts, need at least 10/],
    ['table.csv', 'a,b', /table\.csv: the extension says nothing about the format/],
  ])('%s', async (name, content, message) => {
    const loading = load(name, content)
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toBeInstanceOf(UserError)
  })

  test('that does not exist, or is a directory', async () => {
    await expect(loadTextDataset('imbd')).rejects.toThrow(
      /cannot read imbd: .*expected a data set's name \(imdb, synthetic\)/,
    )
    await expect(loadTextDataset(directory)).rejects.toThrow(/cannot read .*EISDIR/)
  })
})

test('the name of a data set gives the data set', async () => {
  const dataset = await loadTextDataset('synthetic')
  expect([dataset.name, documentsOf(dataset, 'train').length]).toEqual(['synthetic', 4800])
})
