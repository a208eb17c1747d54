import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { events, reversedTranslations } from './tiny-models.ts'
import { type Event, killTree, type Outcome, scratch, start, type TlcOptions, tlc } from './tlc.ts'

/** A model that has learned to translate two or three words, and to turn them round. */
let root: string
let first: Outcome
const at = (name: string): string => join(root, name)
const environment = (): Record<string, string> => ({ TLC_CACHE: at('cache') })
const run = (parameters: readonly string[], options: TlcOptions = {}): Promise<Outcome> =>
  tlc(parameters, { environment: environment(), ...options })
const training = (out: string, ...more: readonly string[]): string[] => [
  ...['train', '--task', 'translation', '--data', at('pairs.tsv'), '--out', out, '--json', '--preset', 'tiny'],
  ...['--layers', '1', '--length', '20', '--vocabulary-size', '340', '--batch-size', '32', '--steps', '300'],
  ...['--learning-rate', '4e-3', '--dropout', '0', '--evaluations', '6', '--average-last', '2', ...more],
]
const translate = (...more: readonly string[]): string[] => ['translate', '--model', at('model'), ...more]

beforeAll(async () => {
  root = await scratch()
  await writeFile(at('pairs.tsv'), reversedTranslations())
  first = await run(training(at('model')))
  expect(first, first.stderr).toMatchObject({ status: 0 })
}, 60_000)
afterAll(() => rm(root, { recursive: true }))

describe('tlc train --task translation', () => {
  test('learns: held-out pairs get a low loss and a high BLEU', async () => {
    const losses = events(first)
      .filter(({ phase }) => phase === 'evaluated')
      .map(({ measures }) => (measures as { readonly loss: number }).loss)
    expect(losses[0]).toBeGreaterThan(4) // near ln 340 = 5.8: nothing is known
    const { measures } = events(first).at(-1) as { readonly measures: { readonly loss: number } }
    expect(measures.loss).toBeLessThanOrEqual(losses.at(-1)!) // the mean of the last two, or the last
    expect(measures.loss).toBeLessThan(1)
    const judged = await run(['eval', '--model', at('model'), '--data', at('pairs.tsv'), '--json'])
    expect(judged, judged.stderr).toMatchObject({ status: 0 })
    const found = events(judged).at(-1) as { readonly measures: Record<string, number>; signatures: string[] }
    expect(found).toMatchObject({ split: 'test', count: 55 })
    // Sentences of two or three words have no four to match, so that BLEU is 0. A copy of the source has a chrF near 0 too.
    expect(found.measures.chrf).toBeGreaterThan(60)
    expect(found.signatures[0]).toContain('tok:13a')
  })

  test('killed and run again, ends with the same bits', { timeout: 60_000 }, async () => {
    const out = at('killed')
    const running = start(training(out, '--save-every', '0'), { environment: environment() })
    await running.line(({ phase, step }) => phase === 'training' && Number(step) >= 120)
    await killTree(running)
    const second = await run(training(out))
    expect(second, second.stderr).toMatchObject({ status: 0 })
    for (const name of ['model.safetensors', 'metrics.jsonl', 'tokenizer.json'])
      expect(await readFile(join(out, name), 'utf8'), name).toBe(await readFile(join(at('model'), name), 'utf8'))
  })
})

describe.concurrent('tlc translate', () => {
  const sources = ['sun moon', 'bird wolf fish', '', 'stone', 'lake hill', 'moon star tree', 'fish fish']

  test('keeps the order of the lines of standard input, whatever their lengths, and empty lines', async () => {
    const piped = await run(translate('--greedy', '--batch-size', '2'), { input: sources.join('\n') })
    expect(piped, piped.stderr).toMatchObject({ status: 0, stderr: '' })
    const lines = piped.stdout.split('\n').slice(0, -1)
    expect(lines).toHaveLength(sources.length)
    expect(lines[2]).toBe('')
    const given = await run(translate('--greedy', '--json', ...sources.filter((source) => source !== '')))
    const translations = events(given) as unknown as { source: string; translations: { text: string }[] }[]
    expect(translations.map(({ source }) => source)).toEqual(sources.filter((source) => source !== ''))
    expect(translations.map((each) => each.translations[0]!.text)).toEqual(lines.filter((line) => line !== ''))
    const right = ['lune soleil', 'poisson loup oiseau', 'colline lac', 'arbre étoile lune']
    expect(right.filter((line) => lines.includes(line)).length).toBeGreaterThanOrEqual(2) // BLEU says how many
  })

  test('gives several translations of each text, the best first', async () => {
    const outcome = await run(translate('--n-best', '3', '--json', 'sun moon'))
    const { translations } = events(outcome)[0] as unknown as { translations: { score: number; text: string }[] }
    const scores = translations.map(({ score }) => score)
    expect(scores).toHaveLength(3)
    expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    const lines = (await run(translate('--n-best', '3', 'sun moon'))).stdout.split('\n')
    expect(lines[0]).toBe(`1\t${scores[0]!.toFixed(4)}\t${translations[0]!.text}`)
    expect(lines).toHaveLength(4)
  })

  test('draws the same for a seed, whatever stands beside a text', async () => {
    const draw = async (...texts: readonly string[]): Promise<Event[]> =>
      events(await run(translate('--sample', '--temperature', '3', '--seed', '5', '--json', ...texts)))
    const [together, alone] = [await draw('sun moon', 'bird wolf fish'), await draw('sun moon')]
    expect(together[0]).toEqual(alone[0])
    expect(await draw('sun moon', 'bird wolf fish')).toEqual(together)
  })

  test('says how many texts were cut', async () => {
    const outcome = await run(translate('--greedy', 'sun '.repeat(30), 'moon'))
    expect(outcome.status).toBe(0)
    expect(outcome.stderr).toContain('1 of 2 texts are longer than the 20 tokens that the model reads')
  })

  test('whose reader goes away ends quietly', async () => {
    const running = start(translate('--greedy'), { environment: environment(), input: 'sun moon\n'.repeat(3000) })
    running.child.stdin!.on('error', () => undefined)
    running.child.stdout!.once('data', () => running.child.stdout!.destroy())
    const { status, stderr } = await running.outcome
    expect([status, stderr]).toEqual([0, ''])
  })

  test.each<[string, () => readonly string[], number, string]>([
    ['more translations than beams', () => translate('--n-best', '5', 'sun'), 1, 'give --beams 5'],
    ['two ways to search', () => translate('--greedy', '--sample', 'sun'), 2, 'cannot be used with'],
    ['a folder that is none', () => ['translate', '--model', at('absent'), 'sun'], 1, 'there is no such folder'],
    ['a tokenizer alone', () => ['translate', '--model', at('cache'), 'sun'], 1, 'config.json is missing'],
    ['heads that do not divide', () => training(at('h'), '--heads', '3'), 1, '3 heads do not divide a width of 64'],
    [
      'data that is no translation',
      () => training(at('d'), '--data', at('one.tsv')),
      1,
      'one.tsv:1: expected 2 columns',
    ],
  ])('refuses %s', async (_, parameters, status, message) => {
    await writeFile(at('one.tsv'), 'a line without a tab\n')
    const outcome = await run(parameters())
    expect([outcome.status, outcome.stderr]).toEqual([status, expect.stringContaining(message)])
    expect(outcome.stderr).not.toContain('    at ')
  })
})
