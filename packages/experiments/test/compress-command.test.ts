import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { events, labelledReviews, saveTinyModel } from './tiny-models.ts'
import { type Outcome, scratch, start, tlc } from './tlc.ts'

/** A small model that is pruned, trained, rounded and encoded. */
let root: string
let first: Outcome
const at = (name: string): string => join(root, name)
const environment = (): Record<string, string> => ({ TLC_CACHE: at('cache') })
const run = (...parameters: readonly string[]): Promise<Outcome> => tlc(parameters, { environment: environment() })
const compressing = (out: string, ...more: readonly string[]): string[] => [
  ...['compress', '--model', at('model'), '--data', at('reviews.tsv'), '--recipe', at('recipe.json')],
  ...['--out', out, '--json', ...more],
]
const recipe = [
  { prune: { sparsity: 0.4, criterion: 'taylor' } },
  { finetune: { steps: 120, batchSize: 32, learningRate: 1e-2 } },
  { quantize: { bits: 8, granularity: 'row', grid: 'symmetric' } },
  { encode: { entropy: 'huffman' } },
]
const artefactOf = (folder: string): Promise<Buffer> => readFile(join(folder, 'compressed.safetensors'))
const done = (outcome: Outcome): Record<string, unknown> => {
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 })
  return events(outcome).at(-1)!
}

beforeAll(async () => {
  root = await scratch()
  const reviews = labelledReviews(2000, 3)
  await writeFile(at('reviews.tsv'), reviews)
  await writeFile(at('recipe.json'), JSON.stringify(recipe))
  await saveTinyModel(at('model'), reviews)
  first = await run(...compressing(at('small')))
}, 60_000)
afterAll(() => rm(root, { recursive: true }))

describe('tlc compress', () => {
  test('says on each line how far it is, and at the end what became of the model', async () => {
    const lines = events(first)
    expect(lines.flatMap((line) => (line.phase === 'recipe' ? [line.step] : []))).toEqual([
      ...['prune', 'finetune', 'quantize', 'encode'],
    ])
    const training = lines.filter(({ phase }) => phase === 'training')
    expect(training).toHaveLength(120)
    for (const { learningRate, tokensPerSecond } of training) {
      expect(learningRate).toBeTypeOf('number')
      expect(tokensPerSecond).toBeNull()
    }
    expect(training.at(-1)!.secondsLeft).toBe(0)
    const found = done(first)
    expect(found).toMatchObject({ phase: 'done', bytes: (await artefactOf(at('small'))).length })
    expect(found.bytesBefore).toBe((await readFile(join(at('model'), 'model.safetensors'))).length)
    expect(Number(found.bytes)).toBeLessThan(Number(found.bytesBefore) / 3)
    const accuracy = (of: string): number => (found[of] as { readonly accuracy: number }).accuracy
    // Chance before; counting good and bad words finds four of five (see syntheticReviews). Of 200 texts.
    expect(accuracy('after')).toBeGreaterThan(0.6)
  })

  test('its folder is judged as it was judged itself', async () => {
    const judged = await run(
      'eval',
      '--model',
      at('small'),
      '--data',
      at('reviews.tsv'),
      '--split',
      'validation',
      '--json',
    )
    expect(done(judged).measures).toEqual(done(first).after)
  })

  test('run again, finds all done', async () => {
    const again = await run(...compressing(at('small')))
    expect(done(again)).toEqual(done(first))
    expect(again.stderr).toContain('was made before; nothing is left to do')
    expect(events(again).some(({ phase }) => phase === 'training')).toBe(false)
  })

  test('stopped while it trains and run again, writes the same bytes', async () => {
    const out = at('stopped')
    const running = start(compressing(out), { environment: environment() })
    await running.line(({ phase, step }) => phase === 'training' && Number(step) >= 20)
    running.child.kill('SIGINT')
    const stopped = await running.outcome
    expect(stopped, stopped.stderr).toMatchObject({ status: 130 })
    expect(stopped.stderr).toContain('To go on:\n  npx tlc compress')
    expect(await readdir(out)).not.toContain('compressed.safetensors')
    const resumed = await run(...compressing(out))
    const trained = events(resumed).filter(({ phase }) => phase === 'training')
    expect(trained.length).toBeLessThan(120)
    expect(done(resumed).after).toEqual(done(first).after)
    expect(await artefactOf(out)).toEqual(await artefactOf(at('small')))
  })

  test('other options in the same folder are refused, naming them', async () => {
    const { status, stderr } = await run(...compressing(at('small'), '--calibration', '64', '--seed', '3'))
    expect(status).toBe(1)
    expect(stderr).toContain('calibration 128 there, 64 given')
    expect(stderr).toContain('"seed":3')
    expect(stderr).not.toContain('    at ')
  })

  test('of a model that is compressed already is refused, and leaves nothing behind', async () => {
    const { status, stderr } = await run('prune', '--model', at('small'), '--sparsity', '0.5', '--out', at('twice'))
    expect(status).toBe(1)
    expect(stderr).toContain('is compressed already; put all steps into one recipe')
    expect(await readdir(root)).not.toContain('twice')
  })
})

test('a masked language model goes the same way', async () => {
  await saveTinyModel(at('masked'), await readFile(at('reviews.tsv'), 'utf8'), 'maskedLM')
  const steps = [
    { prune: { sparsity: 0.5, structure: 'heads', criterion: 'taylor' } },
    { prune: { sparsity: 0.5, criterion: 'wanda', scope: 'perRow' } },
    { finetune: { steps: 20, batchSize: 8, learningRate: 1e-2, distill: {} } },
    { quantize: { bits: 4, granularity: { group: 16 }, rounding: 'gptq' } },
  ]
  await writeFile(at('masked.json'), JSON.stringify(steps))
  const command = ['compress', '--model', at('masked'), '--data', at('reviews.tsv'), '--recipe', at('masked.json')]
  const { before, after } = done(await run(...command, '--out', at('small-masked'), '--json')) as {
    readonly [of in 'before' | 'after']: { readonly loss: number }
  }
  expect(after.loss).toBeLessThan(before.loss)
  const judging = ['eval', '--model', at('small-masked'), '--data', at('reviews.tsv'), '--limit', '256', '--json']
  expect(done(await run(...judging)).measures).toEqual(after)
  expect(done(await run(...judging, '--deploy')).layers).toHaveLength(7)
})

describe.concurrent('the commands of one step', () => {
  test('tlc prune cuts out heads', async () => {
    const out = at('heads')
    const command = [
      'prune',
      '--model',
      at('model'),
      '--sparsity',
      '0.5',
      '--structure',
      'heads',
      '--out',
      out,
      '--json',
    ]
    expect(done(await run(...command)).summaries).toEqual([expect.stringMatching(/^2 of 4 heads cut out, /)])
    expect(done(await run('eval', '--model', out, '--data', at('reviews.tsv'), '--json'))).toMatchObject({ count: 200 })
  })

  test('tlc quantize looks at data for GPTQ', async () => {
    const command = ['quantize', '--model', at('model'), '--bits', '4', '--granularity', '16', '--rounding', 'gptq']
    const { before, after } = done(await run(...command, '--data', at('reviews.tsv'), '--out', at('gptq'), '--json'))
    expect(Object.keys(before as object)).toEqual(Object.keys(after as object))
  })

  test('tlc quantize says which blocks rows are too short for', async () => {
    const command = ['quantize', '--model', at('model'), '--scheme', 'q4_k', '--out', at('q4k')]
    const { stdout, stderr } = await run(...command)
    expect(stderr).toMatch(/0 tensors as q4_k numbers, \d+ as q4_0: their rows are no whole number of q4_k blocks/)
    expect(stdout).toMatch(/q4k\/compressed.safetensors: .* times smaller/)
  })
})

describe.concurrent('tlc inspect', () => {
  test('accounts for every byte of the file', async () => {
    const { stdout } = await run('inspect', at('small'), '--model', at('model'), '--json')
    const found = JSON.parse(stdout) as {
      readonly file: { readonly [part: string]: number }
      readonly tensors: { readonly bytes: number; readonly scheme: string }[]
      readonly recipe: unknown[]
      readonly metrics: unknown
    }
    const { headerLength, header, headerPadding, tensorBytes, fileBytes } = found.file
    expect(fileBytes).toBe((await artefactOf(at('small'))).length)
    expect(headerLength! + header! + headerPadding! + tensorBytes!).toBe(fileBytes)
    expect(found.tensors.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(tensorBytes)
    expect(found.recipe).toHaveLength(4)
    expect(found.metrics).toEqual(done(first).after)
  })

  test('writes a page with the name of the folder, and a histogram for each matrix', async () => {
    const { status } = await run('inspect', join(at('small'), 'compressed.safetensors'), '--html', at('page.html'))
    expect(status).toBe(0)
    const page = await readFile(at('page.html'), 'utf8')
    expect(page).toContain('<title>small</title>')
    // Of a layer: query, key, value, output and two of the feed-forward; three embeddings; two of the head.
    expect(page.match(/<svg class="histogram"/g)).toHaveLength(11)
    expect(page.length).toBeLessThan(60_000)
  })

  test.each<[string, (file: Buffer) => Uint8Array]>([
    ['cut off', (file) => file.subarray(0, file.length - 100)],
    ['empty', () => new Uint8Array(0)],
    ['flipped in its header', (file) => flipped(file, 10)],
    ['flipped in its manifest', (file) => flipped(file, file.lastIndexOf('affine'))],
    ['a file of something else', () => new TextEncoder().encode('{"not": "an artefact"}')],
  ])('and tlc eval refuse what is %s', async (what, damage) => {
    const folder = at(`damaged ${what}`)
    await mkdir(folder)
    await cp(join(at('small'), 'tokenizer.json'), join(folder, 'tokenizer.json'))
    await writeFile(join(folder, 'compressed.safetensors'), damage(await artefactOf(at('small'))))
    for (const command of [
      ['inspect', folder, '--html', at('never.html')],
      ['eval', '--model', folder, '--data', at('reviews.tsv')],
    ]) {
      const { status, stdout, stderr } = await run(...command)
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toContain(`error: ${folder}: `)
      expect(stderr).not.toContain('    at ')
    }
    expect(await readdir(root)).not.toContain('never.html')
  })
})

function flipped(file: Buffer, place: number): Uint8Array {
  const changed = Uint8Array.from(file)
  changed[place]! ^= 1
  return changed
}

test('tlc eval --deploy says what computes each layer, and judges what was put together', async () => {
  const command = ['eval', '--model', at('small'), '--data', at('reviews.tsv'), '--split', 'validation', '--deploy']
  const { layers, measures } = done(await run(...command, '--json')) as {
    readonly layers: {
      readonly path: string
      readonly chosen: string
      readonly times: object
      readonly input: number[]
    }[]
    readonly measures: { readonly loss: number }
  }
  expect(layers).toHaveLength(8)
  for (const { chosen, times, input } of layers) {
    expect(['dense', ...Object.keys(times)]).toContain(chosen)
    expect(input[0]).toBe(64)
  }
  // Rounding inputs to 8 bits, where a layer does that, changes little.
  expect(measures.loss).toBeCloseTo((done(first).after as { readonly loss: number }).loss, 1)
  const refused = await run('eval', '--model', at('model'), '--data', at('reviews.tsv'), '--deploy')
  expect(refused).toMatchObject({ status: 1 })
  expect(refused.stderr).toContain('only a compressed model can be deployed')
})
