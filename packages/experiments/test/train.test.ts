import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { events, labelledReviews } from './tiny-models.ts'
import { type Event, killTree, type Outcome, scratch, start, type TlcOptions, tlc } from './tlc.ts'

/** A model that takes a second to train, trained once without interruption; what is interrupted must come to the same. */
let root: string
let whole: string
let first: Outcome
const at = (name: string): string => join(root, name)
const run = (parameters: readonly string[], options: TlcOptions = {}): Promise<Outcome> =>
  tlc(parameters, { environment: { TLC_CACHE: at('cache') }, ...options })
const training = (out: string, ...more: readonly string[]): string[] => [
  ...['train', '--data', at('texts.tsv'), '--out', out, '--preset', 'tiny', '--layers', '1', '--hidden-size', '32'],
  ...['--vocabulary-size', '320', '--length', '24', '--batch-size', '8', '--steps', '60', '--evaluations', '4'],
  ...['--evaluation-sequences', '16', '--json', ...more],
]

beforeAll(async () => {
  root = await scratch()
  whole = at('whole')
  await writeFile(at('texts.tsv'), labelledReviews(400, 7))
  first = await run(training(whole))
  expect(first, first.stderr).toMatchObject({ status: 0 })
})
afterAll(() => rm(root, { recursive: true }))

describe('tlc train', () => {
  test('leaves a model in the layout of Hugging Face, and says how good it is', async () => {
    const names = await readdir(whole)
    expect(names.filter((name) => !name.startsWith('training-')).sort()).toEqual([
      'config.json',
      'metrics.jsonl',
      'model.safetensors',
      'tokenizer.json',
    ])
    expect(JSON.parse(await readFile(join(whole, 'config.json'), 'utf8'))).toMatchObject({
      architectures: ['RobertaForMaskedLM'],
      num_hidden_layers: 1,
      hidden_size: 32,
      num_attention_heads: 2,
      intermediate_size: 128,
    })
    const evaluated = events(first).filter(({ phase }) => phase === 'evaluated') as { readonly measures?: Event }[]
    expect(evaluated).toHaveLength(5) // at step 0, and four times
    expect(Number(evaluated.at(-1)!.measures!.loss)).toBeLessThan(Number(evaluated[0]!.measures!.loss))
    expect(events(first).at(-1)).toEqual({
      phase: 'done',
      folder: whole,
      steps: 60,
      measures: evaluated.at(-1)!.measures,
    })
  })

  test('logs every step and every evaluation', async () => {
    const lines = (await readFile(join(whole, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n')
    const metrics = lines.map((line) => JSON.parse(line) as Event)
    expect(metrics.filter(({ learningRate }) => learningRate !== undefined).map(({ step }) => step)).toEqual(
      Array.from({ length: 60 }, (_, step) => step + 1),
    )
    expect(metrics.filter(({ perplexity }) => perplexity !== undefined).map(({ step }) => step)).toEqual([
      0, 15, 30, 45, 60,
    ])
  })

  test('killed and run again, ends with the same bits; then nothing is left to do', { timeout: 60_000 }, async () => {
    const out = at('killed')
    const running = start(training(out, '--save-every', '0'), { environment: { TLC_CACHE: at('cache') } })
    await running.line(({ phase, step }) => phase === 'training' && Number(step) >= 10)
    await killTree(running)
    expect(await readdir(out)).not.toContain('config.json')
    // How much a kill may cost, threads, and what is recomputed for less memory: none of them changes a bit.
    const second = await run(training(out, '--threads', '1', '--recompute'))
    expect(second, second.stderr).toMatchObject({ status: 0 })
    const steps = events(second).filter(({ phase }) => phase === 'training')
    expect(Number(steps[0]!.step)).toBeGreaterThan(1)
    for (const name of ['model.safetensors', 'metrics.jsonl', 'config.json', 'tokenizer.json'])
      expect(await readFile(join(out, name), 'utf8'), name).toBe(await readFile(join(whole, name), 'utf8'))
    const third = await run(training(out))
    expect(third.status).toBe(0)
    expect(events(third).at(-1)).toEqual(events(second).at(-1))
    expect(third.stderr).toContain('was trained before')
  })

  test('with a moving average of the weights, killed and run again, ends with the same bits', async () => {
    const averaged = (out: string): string[] => training(out, '--average', '0.9', '--save-every', '0')
    const weights = (out: string): Promise<Buffer> => readFile(join(out, 'model.safetensors'))
    const through = await run(averaged(at('averaged')))
    expect(through, through.stderr).toMatchObject({ status: 0 })
    const running = start(averaged(at('averaged-killed')), { environment: { TLC_CACHE: at('cache') } })
    await running.line(({ phase, step }) => phase === 'training' && Number(step) >= 10)
    await killTree(running)
    expect(await run(averaged(at('averaged-killed')))).toMatchObject({ status: 0 })
    expect((await weights(at('averaged-killed'))).equals(await weights(at('averaged')))).toBe(true)
    expect((await weights(at('averaged'))).equals(await weights(whole))).toBe(false)
  })

  test('interrupted, saves, says how to go on, and ends with 130', async () => {
    const out = at('interrupted')
    const running = start(training(out), { environment: { TLC_CACHE: at('cache') } })
    await running.line(({ phase }) => phase === 'training')
    running.child.kill('SIGINT')
    const outcome = await running.outcome
    expect(outcome.status).toBe(130)
    expect(outcome.stderr).toContain(`To go on:\n  npx tlc train --data ${at('texts.tsv')} --out ${out}`)
    expect(outcome.stderr).not.toContain('    at ')
    const folder = (await readdir(out)).find((name) => name.startsWith('training-'))!
    expect(await readdir(join(out, folder, 'checkpoint'))).toHaveLength(1)
  })

  test('by time, keeps the number of steps that it once measured', async () => {
    const out = at('timed')
    const parameters = training(out, '--minutes', '0.01').filter((_, index, all) => {
      return all[index] !== '--steps' && all[index - 1] !== '--steps'
    })
    expect(await run(parameters)).toMatchObject({ status: 0 })
    const folder = (await readdir(out)).find((name) => name.startsWith('training-'))!
    const steps = Number(await readFile(join(out, folder, 'steps.txt'), 'utf8'))
    const { num_hidden_layers } = JSON.parse(await readFile(join(out, 'config.json'), 'utf8')) as Event
    expect(num_hidden_layers).toBe(1)
    expect(JSON.parse(await readFile(join(out, folder, 'result.json'), 'utf8'))).toMatchObject({ steps })
  })

  test('on a part of the tokens, has so many sequences', async () => {
    const outcome = await run(training(at('part'), '--subset', '0.25', '--steps', '5'))
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 })
    const sequences = ({ stderr }: Outcome): number => Number(/^(\d+) sequences of 24 tokens/m.exec(stderr)![1])
    expect(sequences(outcome) / sequences(first)).toBeCloseTo(0.25, 1) // special tokens are not counted, sequences are whole
  })

  test('in micro-batches, is nearly the training of whole batches', async () => {
    const out = at('micro')
    const outcome = await run(training(out, '--micro-batch', '3'))
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 })
    const lossOf = (outcome: Outcome) => Number((events(outcome).at(-1)!.measures as Event).loss)
    // Other masks are drawn, since each part has its own: the same training but for chance.
    expect(Math.abs(lossOf(outcome) - lossOf(first))).toBeLessThan(0.3)
  })
})

describe.concurrent('what tlc train cannot do ends with one clear error', () => {
  const fails = async (parameters: readonly string[], status: number, ...messages: readonly string[]) => {
    const outcome = await run(parameters)
    expect(outcome.status, outcome.stderr).toBe(status)
    for (const message of messages) expect(outcome.stderr).toContain(message)
    expect(outcome.stderr).not.toContain('    at ')
  }

  test('heads that do not divide the width', () =>
    fails(training(at('heads'), '--heads', '5'), 1, 'error: 5 heads do not divide a width of 32'))
  test('a width without heads that fit', () =>
    fails(training(at('width'), '--hidden-size', '100'), 1, 'a width of 100 does not divide', 'give --heads'))
  test('a folder that is trained with other options', () =>
    // Nothing but the difference is named.
    fails(training(whole, '--learning-rate', '0.5'), 1, 'options: learningRate 0.002 there, 0.5 given. To go on'))
  test('a folder with a model of other origin', async () => {
    await mkdir(at('other'))
    await writeFile(join(at('other'), 'config.json'), '{}')
    await fails(training(at('other')), 1, 'has a model that was not trained there')
  })
  test('too little text', async () => {
    await writeFile(at('little.txt'), 'one text\nanother text\na third text\n')
    const parameters = [...training(at('little')), '--data', at('little.txt'), '--length', '3', '--batch-size', '64']
    await fails(parameters, 1, 'little.txt: ', 'give more text')
  })
  test('a tokenizer that is none', async () => {
    await writeFile(at('none.json'), '{"version": "1.0"}')
    await fails(training(at('none'), '--tokenizer', at('none.json')), 1, `error: ${at('none.json')}: `)
  })
  test('f16 where the backend does not compute with it', () =>
    fails(training(at('half'), '--precision', 'f16'), 1, 'does not compute with f16'))
  test('a loss that is not finite', () =>
    fails(training(at('lost'), '--learning-rate', '1e20'), 1, 'expected a finite number', 'lower learning rate'))
  test('steps and minutes at once', () => fails(training(at('both'), '--minutes', '1'), 2, 'cannot be used with'))
  test('no data', () => fails(['train', '--out', at('nowhere')], 2, "required option '--data <name-or-path>'"))
  test('a learning rate of nothing', () => fails(training(at('zero'), '--learning-rate', '0'), 2, 'a number > 0'))
})

describe.concurrent('tlc fill-mask', () => {
  test('guesses, for people', async () => {
    const outcome = await run(['fill-mask', '--model', whole, 'the plot was <mask>.'])
    expect(outcome, outcome.stderr).toMatchObject({ status: 0, stderr: '' })
    expect(outcome.stdout.split('\n')).toHaveLength(9) // the text, five guesses, the filled text, and an empty line
  })

  test('guesses for each line of standard input, in its order, as JSON', async () => {
    const input = 'the <mask> was good.\r\n\nthe cast <mask> <mask>.'
    const outcome = await run(['fill-mask', '--model', whole, '--top', '3', '--json'], { input })
    expect(outcome, outcome.stderr).toMatchObject({ status: 0, stderr: '' })
    const filled = events(outcome) as unknown as { text: string; masks: { token: string; probability: number }[][] }[]
    expect(filled.map(({ text }) => text)).toEqual(['the <mask> was good.', 'the cast <mask> <mask>.'])
    expect(filled.map(({ masks }) => masks.map((guesses) => guesses.length))).toEqual([[3], [3, 3]])
    for (const guesses of filled.flatMap(({ masks }) => masks)) {
      const probabilities = guesses.map(({ probability }) => probability)
      expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a))
      expect(probabilities.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(1)
    }
  })

  test.each<[string, readonly string[], string]>([
    ['a text without a mask', ['a text'], 'no <mask> in "a text"'],
    ['a text that is too long', [`<mask>${' word'.repeat(100)}`], 'tokens, the model reads 24'],
  ])('refuses %s', async (_, texts, message) => {
    const outcome = await run(['fill-mask', '--model', whole, ...texts])
    expect(outcome.status).toBe(1)
    expect(outcome.stderr).toContain(message)
    expect(outcome.stderr).not.toContain('    at ')
  })

  test('refuses a folder that has no model, and says what there is', async () => {
    const absent = await run(['fill-mask', '--model', at('absent'), '<mask>'])
    expect(absent.status).toBe(1)
    expect(absent.stderr).toContain('there is no such folder')
    const empty = await run(['fill-mask', '--model', at('cache'), '<mask>'])
    expect(empty.status).toBe(1)
    expect(empty.stderr).toContain('config.json is missing')
    expect(empty.stderr + absent.stderr).not.toContain('    at ')
  })

  test('refuses a tokenizer with more tokens than the model has', async () => {
    const folder = at('unfit')
    await mkdir(folder)
    await run(['tokenizer', 'train', at('texts.tsv'), '--vocabulary-size', '400', '--out', folder])
    for (const name of ['config.json', 'model.safetensors'])
      await writeFile(join(folder, name), await readFile(join(whole, name)))
    const outcome = await run(['fill-mask', '--model', folder, '<mask>'])
    expect(outcome.status).toBe(1)
    expect(outcome.stderr).toMatch(/400 tokens.*320/)
    expect(outcome.stderr).not.toContain('    at ')
  })

  test('refuses standard input that is not UTF-8', async () => {
    const outcome = await run(['fill-mask', '--model', whole], { input: Uint8Array.of(0x66, 0xfc, 0x0a) })
    expect(outcome.status).toBe(1)
    expect(outcome.stderr).toContain('standard input is not UTF-8')
  })
})

describe.concurrent('tlc tokenizer', () => {
  test('learns the same from a file and from standard input', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `a line of words, number ${index % 7}\n`).join('')
    await writeFile(at('lines.txt'), lines)
    const fromFile = await run(['tokenizer', 'train', at('lines.txt'), '--vocabulary-size', '280', '--out', at('a')])
    expect(fromFile, fromFile.stderr).toMatchObject({ status: 0 })
    // The texts of a file are counted once each, so that those of standard input have to be distinct, too.
    const input = [...new Set(lines.split('\n'))].join('\n')
    const piped = await run(['tokenizer', 'train', '--vocabulary-size', '280', '--out', at('b'), '--json'], { input })
    expect(piped, piped.stderr).toMatchObject({ status: 0 })
    expect(events(piped).at(-1)).toMatchObject({ phase: 'done', texts: 7 })
    const [a, b] = [await readFile(join(at('a'), 'tokenizer.json')), await readFile(join(at('b'), 'tokenizer.json'))]
    expect(a.equals(b)).toBe(true)
  })

  test('encodes and decodes line by line', async () => {
    const input = 'the plot was good.\n\nnaïve 文字 \n'
    const encoded = await run(['tokenizer', 'encode', '--tokenizer', whole], { input })
    expect(encoded).toMatchObject({ status: 0, stderr: '' })
    const decoded = await run(['tokenizer', 'decode', '--tokenizer', whole], { input: encoded.stdout })
    expect(decoded).toEqual({ status: 0, stdout: input, stderr: '' })
    const json = await run(['tokenizer', 'encode', '--tokenizer', join(whole, 'tokenizer.json'), '--json', 'plot'])
    const { ids } = JSON.parse(json.stdout) as { ids: number[] }
    expect([ids[0], ids.at(-1)]).toEqual([0, 2])
    const shown = await run(['tokenizer', 'decode', '--tokenizer', whole, '--special-tokens', ...ids.map(String)])
    expect(shown.stdout).toBe('<s>plot</s>\n')
  })

  test('refuses what it cannot do', async () => {
    const attempts: [readonly string[], number, string][] = [
      [['train', at('texts.tsv'), '--out', whole], 1, 'tokenizer.json is there already'],
      [['train', at('texts.tsv'), '--out', at('c'), '--vocabulary-size', '20'], 1, 'vocabularySize 20 is too small'],
      [['train', at('absent.txt'), '--out', at('c')], 1, 'cannot read'],
      [['train', '--out', at('c')], 1, 'there is no text'],
      [['train', at('texts.tsv')], 2, "required option '--out <folder>'"],
      [['decode', '--tokenizer', whole, '1', '9999'], 1, '"9999" in "1 9999" is no id'],
      [['encode', '--tokenizer', at('absent'), 'a'], 1, 'cannot read'],
    ]
    for (const [parameters, status, message] of attempts) {
      const outcome = await run(['tokenizer', ...parameters])
      expect([outcome.status, outcome.stderr]).toEqual([status, expect.stringContaining(message)])
      expect(outcome.stderr).not.toContain('    at ')
    }
    expect(await stat(at('c')).catch(() => 'nothing')).toBe('nothing')
  })

  test('whose reader goes away ends quietly', async () => {
    const input = 'the plot was good.\n'.repeat(20_000)
    const running = start(['tokenizer', 'encode', '--tokenizer', whole], { input })
    running.child.stdin!.on('error', () => undefined)
    running.child.stdout!.once('data', () => running.child.stdout!.destroy())
    const { status, stderr } = await running.outcome
    expect([status, stderr]).toEqual([0, ''])
  })
})
