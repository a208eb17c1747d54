import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UserError } from '../user-error.ts'
import type { Dataset } from './dataset.ts'
import { type DatasetOptions, openDataset } from './open-dataset.ts'
import { keepStandardInput } from './standard-input.ts'

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

async function load(name: string, content: string | Uint8Array, options?: DatasetOptions): Promise<Dataset> {
  return openDataset(await file(name, content), options)
}

async function texts(dataset: Dataset): Promise<string[]> {
  const found: string[] = []
  for await (const example of dataset.stream()) found.push(example.texts.join(' | '))
  return found
}

const rows = Array.from({ length: 20 }, (_, index) => `${index % 2 ? 'ham' : 'spam'}\tmessage ${index}`)

describe('a file of the user', () => {
  test('plain text: blank lines separate documents', async () => {
    const dataset = await load('a.txt', '\ufeffone\nstill one\n\n \ntwo\r\n\r\nthree')
    expect(await texts(dataset)).toEqual(['one\nstill one', 'two', 'three'])
    expect([dataset.kind, (await dataset.overview()).labels]).toEqual(['texts', []])
  })

  test('plain text without blank lines: every line is a document', async () => {
    expect(await texts(await load('b.txt', 'one\ntwo\nthree\n'))).toEqual(['one', 'two', 'three'])
  })

  test('TSV: the classes are numbered in the order of their names, a header is skipped', async () => {
    const dataset = await load('a.tsv', ['label\ttext', ...rows].join('\n'))
    expect((await dataset.overview()).labels).toEqual(['ham', 'spam'])
    expect(await texts(dataset)).toHaveLength(20)
    for await (const { texts, label } of dataset.stream())
      expect(label).toBe(Number(texts[0]?.split(' ')[1]) % 2 ? 0 : 1)
  })

  test('JSON lines: with labels of any kind, or with none', async () => {
    const labelled = rows.map((_, index) => JSON.stringify({ label: index % 2 === 0, text: `t ${index}` }))
    expect((await (await load('a.jsonl', labelled.join('\n'))).overview()).labels).toEqual(['false', 'true'])
    const bare = await load('b.jsonl', '{"text":"one"}\n{"text":"two"}\n')
    expect([bare.kind, await texts(bare)]).toEqual(['texts', ['one', 'two']])
  })

  test('pairs: three columns, or JSON lines with first and second', async () => {
    const pairs = rows.map((row) => `${row}\tand more`)
    const dataset = await load('p.tsv', pairs.join('\n'))
    expect([dataset.kind, (await texts(dataset))[0]]).toEqual(['pairs', 'message 0 | and more'])
    const json = pairs.map((row) => {
      const [label, first, second] = row.split('\t')
      return JSON.stringify({ label, first, second })
    })
    const same = await load('p.jsonl', json.join('\n'))
    expect([same.kind, await texts(same)]).toEqual(['pairs', await texts(dataset)])
  })

  test('translations: distinct pairs, if they are asked for or the columns are named', async () => {
    const pairs = Array.from({ length: 40 }, (_, index) => `house ${index % 20}\tmaison ${index % 20}`)
    const asked = await load('t.tsv', pairs.join('\n'), { kind: 'translation' })
    const named = await load('n.tsv', ['source\ttarget', ...pairs].join('\n'))
    for (const dataset of [asked, named]) {
      const [train, validation, tested] = await Promise.all(
        (['train', 'validation', 'test'] as const).map((split) => dataset.examples(split)),
      )
      expect([dataset.kind, train?.length, validation?.length, tested?.length]).toEqual(['translation', 18, 1, 1])
      for (const { texts } of train ?? []) expect(texts[1]).toBe(texts[0]?.replace('house', 'maison'))
    }
  })

  test('is read where texts are wanted, also with labels', async () => {
    expect((await load('w.tsv', rows.join('\n'), { kind: 'texts' })).kind).toBe('labelled')
  })

  test('may be compressed', async () => {
    const packed = await load('z.tsv.gz', gzipSync(rows.join('\n')))
    expect(await texts(packed)).toEqual(await texts(await load('z.tsv', rows.join('\n'))))
  })

  test('may be several files, or a folder of them', async () => {
    await mkdir(join(directory, 'folder', 'deep'), { recursive: true })
    const first = await file('folder/1.txt', 'one\ntwo')
    const second = await file('folder/deep/2.txt', 'three\n')
    await file('folder/.hidden', 'x')
    expect(await texts(await openDataset([first, second]))).toEqual(['one', 'two', 'three'])
    expect(await texts(await openDataset(join(directory, 'folder')))).toEqual(['one', 'two', 'three'])
  })

  test('may come from standard input, which is kept so that it can be read again', async () => {
    async function* input(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('ham\ton')
      yield Buffer.from('e\n')
    }
    const path = await keepStandardInput(directory, { kind: 'labelled', input: input() })
    expect([path.endsWith('.tsv'), await readFile(path, 'utf8')]).toEqual([true, 'ham\tone\n'])
    expect(await keepStandardInput(directory, { kind: 'labelled', input: input() })).toBe(path)
    async function* compressed(): AsyncGenerator<Uint8Array> {
      for (const byte of gzipSync('one')) yield Uint8Array.of(byte)
    }
    expect(await keepStandardInput(directory, { input: compressed() })).toMatch(/\.txt\.gz$/)
    expect((await readdir(join(directory, 'standard-input'))).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('has a fingerprint of its content and the seed', async () => {
    const path = await file('f.txt', 'one\n\ntwo')
    const { fingerprint } = await openDataset(path)
    expect((await openDataset(path)).fingerprint).toBe(fingerprint)
    expect((await openDataset(path, { seed: 1 })).fingerprint).not.toBe(fingerprint)
    await file('f.txt', 'one\n\nthree')
    expect((await openDataset(path)).fingerprint).not.toBe(fingerprint)
  })
})

describe('a file that will not do is one error that says where and why', () => {
  test.each([
    ['empty.txt', ' \n\n', /empty\.txt: no text in it/],
    ['empty.tsv', '\n', /empty\.tsv: no rows in it; expected label<TAB>text/],
    ['one.txt', 'just one', /found 1 distinct texts, need at least 2/],
    ['latin.txt', Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x0a), /latin\.txt:1: not UTF-8: 0xE9 at byte 3;/],
    ['cut.txt', Uint8Array.of(0x63, 0xc3), /cut\.txt:1: not UTF-8: 0xC3 at byte 1;/],
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
    ['binary.txt', Uint8Array.of(0x63, 0, 0x63), /binary\.txt:1: a binary file: a zero at byte 1/],
    ['void.txt', '', /void\.txt: no text in it/],
    ['void.jsonl', '', /void\.jsonl: no rows in it/],
    ['fake.txt.gz', 'plain', /fake\.txt\.gz: not gzip, or cut short/],
    ['short.txt.gz', gzipSync('a text\n'.repeat(99)).subarray(0, 20), /short\.txt\.gz: not gzip, or cut short/],
    ['three.jsonl', '{"first":"a","second":"b"}', /three\.jsonl:1: .*a string "text"/],
    ['mixed.jsonl', '{"text":"one","label":1}\n{"text":"two"}', /mixed\.jsonl:2: no label, but other rows have one/],
    ['few.tsv', rows.slice(0, 4).join('\n'), /found 4 distinct labelled texts, need at least 10/],
    ['table.csv', 'a,b', /table\.csv: the extension says nothing about the format/],
  ])('%s', async (name, content, message) => {
    const loading = load(name, content).then((dataset) => dataset.overview())
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toBeInstanceOf(UserError)
  })

  test('that does not exist, or is a folder with nothing to read', async () => {
    await expect(openDataset('imbd')).rejects.toThrow(
      /cannot read imbd: .*expected a data set's name \(imdb, .*\) or the path/,
    )
    await mkdir(join(directory, 'empty'))
    await expect(openDataset(join(directory, 'empty'))).rejects.toThrow(/empty: no files in this folder/)
    await mkdir(join(directory, 'pictures'))
    await file('pictures/a.png', '')
    await expect(openDataset(join(directory, 'pictures'))).rejects.toThrow(/a\.png: the extension says nothing/)
  })

  test('that is of another kind than was asked for', async () => {
    const plain = load('plain.txt', 'one\ntwo', { kind: 'labelled' })
    await expect(plain).rejects.toThrow(/plain\.txt: its items are texts, expected labelled; .*label<TAB>text/)
    await expect(openDataset('synthetic', { kind: 'pairs' })).rejects.toThrow(/its items are labelled, expected pairs/)
  })

  test('that has yet to be made', async () => {
    const unmade = openDataset('ddtp-en-fr', { cacheDirectory: join(directory, 'nothing') })
    await expect(unmade).rejects.toThrow('make it with: tlc data prepare ddtp-en-fr')
  })
})

test('the name of a data set gives the data set', async () => {
  const dataset = await openDataset('synthetic')
  expect([dataset.name, dataset.kind, (await dataset.examples('train')).length]).toEqual([
    'synthetic',
    'labelled',
    4800,
  ])
})
