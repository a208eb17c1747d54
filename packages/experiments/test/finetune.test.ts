import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { events, labelledReviews } from './tiny-models.ts'
import { killTree, type Outcome, scratch, start, tlc } from './tlc.ts'

/** A model pretrained for a moment, and fine-tuned until it knows good words from bad ones. */
let root: string
let first: Outcome
const at = (name: string): string => join(root, name)
const environment = (): Record<string, string> => ({ TLC_CACHE: at('cache') })
const run = (...parameters: readonly string[]): Promise<Outcome> => tlc(parameters, { environment: environment() })
const finetuning = (out: string, ...more: readonly string[]): string[] => [
  ...['finetune', '--model', at('pretrained'), '--data', at('reviews.tsv'), '--out', out, '--json'],
  ...['--epochs', '3', '--learning-rate', '3e-3', '--dropout', '0', '--evaluations', '6', ...more],
]

beforeAll(async () => {
  root = await scratch()
  await writeFile(at('reviews.tsv'), labelledReviews(2000, 3))
  const pretrained = await run(
    ...['train', '--data', at('reviews.tsv'), '--out', at('pretrained'), '--preset', 'tiny', '--layers', '1'],
    ...['--hidden-size', '32', '--vocabulary-size', '400', '--length', '32', '--batch-size', '16', '--steps', '150'],
    ...['--learning-rate', '3e-3', '--evaluations', '1', '--evaluation-sequences', '16'],
  )
  expect(pretrained, pretrained.stderr).toMatchObject({ status: 0 })
  first = await run(...finetuning(at('classifier')))
  expect(first, first.stderr).toMatchObject({ status: 0 })
}, 60_000)
afterAll(() => rm(root, { recursive: true }))

const lossesOf = (outcome: Outcome): number[] =>
  events(outcome)
    .filter(({ phase }) => phase === 'evaluated')
    .map(({ measures }) => (measures as { readonly loss: number }).loss)

describe('tlc finetune', () => {
  test('leaves a classifier with the names of its classes, and the best of its evaluations', async () => {
    expect(JSON.parse(await readFile(join(at('classifier'), 'config.json'), 'utf8'))).toMatchObject({
      architectures: ['RobertaForSequenceClassification'],
      id2label: { 0: 'bad', 1: 'good' },
      hidden_dropout_prob: 0,
    })
    const losses = lossesOf(first)
    expect(losses).toHaveLength(7)
    const { measures } = events(first).at(-1) as { readonly measures: { loss: number; accuracy: number } }
    expect(measures.loss).toBe(Math.min(...losses))
    // Chance is 50%; counting good and bad words finds four of five (see syntheticReviews). Of 200 texts.
    expect(measures.accuracy).toBeGreaterThan(0.65)
  })

  test('says how many texts it had to cut', async () => {
    const { stderr } = await run(...finetuning(at('cut'), '--length', '12', '--epochs', '0.1'))
    expect(stderr).toMatch(/\d+ of 1600 train texts \(.*%\) are longer than 12 tokens and were cut there/)
  })

  test('reads a long text in windows and looks at all of its tokens, if asked to', async () => {
    const out = at('windows')
    const command = finetuning(out, '--length', '12', '--windows', '3', '--pooling', 'mean', '--examples', '400')
    const outcome = await run(...command)
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 })
    expect(JSON.parse(await readFile(join(out, 'config.json'), 'utf8'))).toMatchObject({ classifier_pooling: 'mean' })
    const judged = await run('eval', '--model', out, '--data', at('reviews.tsv'), '--windows', '3', '--json')
    expect(judged, judged.stderr).toMatchObject({ status: 0 })
    const { count, measures } = events(judged).at(-1) as { count: number; measures: { accuracy: number } }
    expect(count).toBe(200)
    expect(measures.accuracy).toBeGreaterThan(0.6)
  })

  test('killed and run again, ends with the same bits', async () => {
    const out = at('killed')
    const running = start(finetuning(out, '--save-every', '0'), { environment: environment() })
    await running.line(({ phase, step }) => phase === 'training' && Number(step) >= 20)
    await killTree(running)
    const second = await run(...finetuning(out))
    expect(second, second.stderr).toMatchObject({ status: 0 })
    for (const name of ['model.safetensors', 'config.json', 'metrics.jsonl'])
      expect(await readFile(join(out, name), 'utf8'), name).toBe(await readFile(join(at('classifier'), name), 'utf8'))
  })

  test('learns from pairs of texts, too', async () => {
    const opinions = labelledReviews(200, 5).split('\n').slice(0, -1)
    const rows = opinions.map((row, index) => {
      const [label, text] = row.split('\t')
      const [other, second] = opinions[(2 * index + 1) % opinions.length]!.split('\t')
      return `${label === other ? 'agree' : 'differ'}\t${text}\t${second}\n`
    })
    await writeFile(at('pairs.tsv'), rows.join(''))
    const command = finetuning(at('of-pairs'), '--data', at('pairs.tsv'), '--epochs', '1', '--evaluations', '1')
    const outcome = await run(...command)
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 })
    expect(outcome.stderr).toContain('160 texts of 2 classes')
    const judged = await run('eval', '--model', at('of-pairs'), '--data', at('pairs.tsv'), '--json')
    expect(judged, judged.stderr).toMatchObject({ status: 0 })
    expect(events(judged).at(-1)).toMatchObject({ count: 20, measures: { matthews: expect.any(Number) } })
  })

  test('stops early when the validation loss no longer falls', async () => {
    // A learning rate at which the first step makes everything worse.
    const outcome = await run(...finetuning(at('early'), '--learning-rate', '1', '--patience', '1'))
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 })
    const { steps, measures } = events(outcome).at(-1) as { readonly steps: number; readonly measures: object }
    expect(steps).toBe(25) // a sixth of 150: the first evaluation after that at step 0
    expect(measures).toMatchObject({ loss: lossesOf(outcome)[0] })
  })
})

describe.concurrent('tlc eval', () => {
  test('judges a classifier on texts that it has not seen', async () => {
    const outcome = await run('eval', '--model', at('classifier'), '--data', at('reviews.tsv'), '--json')
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 })
    const found = events(outcome).at(-1) as { readonly measures: { readonly accuracy: number } }
    expect(found).toMatchObject({
      phase: 'done',
      architecture: 'RobertaForSequenceClassification',
      split: 'test',
      count: 200,
    })
    expect(found.measures.accuracy).toBeGreaterThan(0.65)
    const text = await run('eval', '--model', at('classifier'), '--data', at('reviews.tsv'), '--limit', '50')
    expect(text.stdout).toMatch(/on 50 of reviews.tsv \(test\):\nloss .*, accuracy .*%/)
  })

  test('on the validation part, finds what the training found', async () => {
    const outcome = await run(
      ...['eval', '--model', at('classifier'), '--data', at('reviews.tsv'), '--split', 'validation', '--json'],
    )
    const measuresOf = (each: Outcome) => events(each).at(-1)!.measures
    expect(measuresOf(outcome)).toEqual(measuresOf(first))
  })

  test('judges a masked language model by the same masks at each time', async () => {
    const command = ['eval', '--model', at('pretrained'), '--data', at('reviews.tsv'), '--json']
    const [once, again] = [await run(...command), await run(...command, '--seed', '9')]
    expect(once, once.stderr).toMatchObject({ status: 0 })
    expect(events(once).at(-1)).toMatchObject({ architecture: 'RobertaForMaskedLM', split: 'heldOut' })
    expect(events(again).at(-1)).toEqual(events(once).at(-1))
  })

  test.each<[string, () => Promise<readonly string[]>, readonly string[]]>([
    [
      'labels that the model does not know',
      async () => {
        await writeFile(at('other.tsv'), labelledReviews(40, 1).replaceAll(/^good/gm, 'splendid'))
        return ['eval', '--model', at('classifier'), '--data', at('other.tsv')]
      },
      ['other.tsv: has labels that the model does not know: splendid; it knows bad, good'],
    ],
    [
      'texts without labels',
      async () => {
        await writeFile(at('bare.txt'), Array.from({ length: 40 }, (_, line) => `text number ${line}\n`).join(''))
        return finetuning(at('bare'), '--data', at('bare.txt'))
      },
      ['bare.txt', 'label'],
    ],
    [
      'a row without a label among others',
      async () => {
        await writeFile(at('gap.jsonl'), '{"label": "a", "text": "x"}\n{"text": "y"}\n'.repeat(20))
        return finetuning(at('gap'), '--data', at('gap.jsonl'))
      },
      ['gap.jsonl:2: no label'],
    ],
    [
      'weights that are cut off',
      async () => {
        await cp(at('classifier'), at('torn'), { recursive: true })
        const weights = await readFile(join(at('torn'), 'model.safetensors'))
        await writeFile(join(at('torn'), 'model.safetensors'), weights.subarray(0, 5000))
        return ['eval', '--model', at('torn'), '--data', at('reviews.tsv')]
      },
      ['error: ', 'torn', 'safetensors'],
    ],
    [
      'a folder without a model',
      async () => {
        await mkdir(at('nothing'))
        return finetuning(at('x'), '--model', at('nothing'))
      },
      ['error: ', 'nothing', 'config.json is missing'],
    ],
    [
      'a length that the model does not read',
      async () => finetuning(at('long'), '--length', '500'),
      ['reads 32 tokens, 500 are asked for'],
    ],
    [
      'a classifier where a masked language model is expected',
      async () => ['fill-mask', '--model', at('classifier'), '<mask>'],
      ['has a RobertaForSequenceClassification, expected a RobertaForMaskedLM'],
    ],
  ])('refuses %s', async (_, command, messages) => {
    const { status, stderr } = await run(...(await command()))
    expect(status, stderr).toBe(1)
    for (const message of messages) expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })
})
