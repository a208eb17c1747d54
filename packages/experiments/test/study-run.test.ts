import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unpackItems } from '../src/packed-items.ts'
import { readResults } from '../src/read-results.ts'
import type { StudyResults } from '../src/results.ts'
import { presets } from '../src/study/presets.ts'
import { type Event, type Outcome, scratch, tlc } from './tlc.ts'

/**
 * The smoke study, as `npm run study` runs the quick one; it takes half a minute on two free cores. The budget is given
 * in steps, so that the numbers follow from the seed alone, and not from how busy the machine is.
 */
let root: string
let out: string
let first: Outcome
let results: StudyResults
const budgetSteps = 800
const command = (): Promise<Outcome> =>
  tlc(
    [
      ...['study', 'run', '--preset', 'smoke', '--backend', 'wasm', '--out', out],
      ...['--seed', '3', '--budget-steps', String(budgetSteps), '--json'],
    ],
    { environment: { TLC_CACHE: join(root, 'cache') } },
  )

beforeAll(async () => {
  root = await scratch()
  out = join(root, 'smoke')
  first = await command()
  expect(first, first.stderr).toMatchObject({ status: 0 })
  results = await readResults(join(out, 'results.json'))
}, 240_000)
afterAll(() => rm(root, { recursive: true }))

const { models, pretraining, pruning, quantization } = presets.smoke!

describe('the smoke study', () => {
  test('learns: the validation loss of every size falls', () => {
    expect(results.models.map(({ name }) => name)).toEqual(models.map(({ name }) => name))
    for (const { name, steps } of results.models) {
      const curve = results.curves.filter(({ model }) => model === name)
      expect(curve).toHaveLength(pretraining.evaluations + 1)
      expect(curve.at(-1)!.step).toBe(steps)
      // At first a guess among 600 tokens (6.4 nats); knowing how frequent each is already brings it down to 4.6.
      expect(curve[0]!.validationLoss, name).toBeGreaterThan(5.5)
      expect(curve.at(-1)!.validationLoss, name).toBeLessThan(4.6)
      expect(curve.at(-1)!.validationLossError, name).toBeLessThan(0.3)
    }
  })

  test('gives the first size its steps, and every other as many operations', () => {
    const operations = budgetSteps * results.models[0]!.operationsPerStep
    expect(results.models[0]!.steps).toBe(budgetSteps)
    for (const { steps, operationsPerStep } of results.models) {
      expect(Math.abs(steps * operationsPerStep - operations)).toBeLessThanOrEqual(operationsPerStep / 2)
    }
  })

  test('fine-tuned models are better than the most frequent class, by far', () => {
    const { majorityAccuracy, items } = results.task
    expect(items).toBe(400)
    expect(majorityAccuracy).toBeGreaterThanOrEqual(0.5)
    expect(majorityAccuracy).toBeLessThan(0.56)
    // The standard error of an accuracy on 400 texts is 0.025.
    for (const { model, accuracy } of results.fineTuning)
      expect(accuracy, model).toBeGreaterThan(majorityAccuracy + 0.05)
    expect(Math.max(...results.fineTuning.map(({ accuracy }) => accuracy))).toBeGreaterThan(0.7)
  })

  test('knows of each text whether it was classified rightly', () => {
    for (const { accuracy, correct } of [...results.fineTuning, ...results.compression]) {
      const items = unpackItems(correct, results.task.items)
      expect(items.reduce((sum, right) => sum + right, 0) / items.length).toBeCloseTo(accuracy, 12)
    }
  })

  test('measures every size at every sparsity and number of bits, starting from the fine-tuned model', () => {
    const points = results.compression.map(({ model, sparsity, bits }) => [model, sparsity, bits])
    const expected = models.flatMap(({ name }) =>
      [0, ...pruning.levels].flatMap((level) => [32, ...quantization.bits].map((bits) => [name, level, bits])),
    )
    expect(points.map(([model, sparsity, bits]) => [model, Math.round(Number(sparsity) * 100) / 100, bits])).toEqual(
      expected,
    )
    for (const { model, accuracy, correct } of results.fineTuning) {
      const whole = results.compression.find((each) => each.model === model && each.sparsity === 0 && each.bits === 32)!
      expect([whole.accuracy, whole.correct]).toEqual([accuracy, correct])
    }
  })

  test('the artefact gets smaller with each bit and each weight taken away', () => {
    for (const { name, parameters, bytes } of results.models) {
      const own = results.compression.filter(({ model }) => model === name)
      expect(bytes).toBe(own[0]!.bytes)
      // The classifier has its head in place of the language model's, and no token embedding twice.
      expect(bytes / (4 * parameters)).toBeGreaterThan(0.8)
      expect(bytes / (4 * parameters)).toBeLessThan(1.2)
      for (const sparsity of new Set(own.map((point) => point.sparsity))) {
        const byBits = own.filter((point) => point.sparsity === sparsity)
        for (const [index, { bits, bytes, idealBits }] of byBits.entries()) {
          expect(idealBits / 8, `${name} ${sparsity} ${bits}`).toBeLessThan(bytes)
          if (index > 0) expect(bytes, `${name} ${sparsity} ${bits}`).toBeLessThan(byBits[index - 1]!.bytes)
        }
      }
      for (const bits of [32, ...quantization.bits]) {
        const bySparsity = own.filter((point) => point.bits === bits)
        for (const [index, { nonzeros, idealBits }] of bySparsity.entries()) {
          if (index === 0) continue
          expect(nonzeros).toBeLessThan(bySparsity[index - 1]!.nonzeros)
          expect(idealBits).toBeLessThan(bySparsity[index - 1]!.idealBits)
        }
      }
    }
  })

  test('says of each kind of module what compression does to its weights', () => {
    for (const { name } of models) {
      const kinds = results.errors.filter(({ model }) => model === name).map(({ module }) => module)
      expect(new Set(kinds)).toEqual(new Set(['embedding', 'attention', 'feed-forward', 'head']))
    }
    for (const { absolute, relative, weights } of results.errors) {
      expect(weights).toBeGreaterThan(0)
      expect(absolute).toBeGreaterThan(0)
      expect(relative).toBeGreaterThan(0)
      expect(relative).toBeLessThan(1)
    }
  })

  test('judges hypotheses, and says what it is', () => {
    expect(results.hypotheses.length).toBeGreaterThanOrEqual(8)
    for (const { id, verdict, interval } of results.hypotheses) {
      expect(['supported', 'refuted', 'inconclusive']).toContain(verdict)
      if (interval) expect(interval.low, id).toBeLessThanOrEqual(interval.high)
    }
    const [{ steps, stepSeconds }] = results.models as [StudyResults['models'][number]]
    expect(results.study).toMatchObject({ preset: 'smoke', seed: 3, trainingSeconds: steps * stepSeconds })
    expect(results.study.command).toBe(
      `npx tlc study run --preset smoke --out ${out} --seed 3 --backend wasm --budget-steps ${budgetSteps}`,
    )
    expect(results.environment).toMatchObject({ backend: 'wasm', node: process.version })
  })

  test('keeps a directory for each run', async () => {
    const runs = await readdir(join(out, 'runs'))
    const labels = runs.map((name) => name.replace(/-[\da-f]{16}$/, '')).sort()
    const tasks = ['compress', 'finetune', 'pretrain']
    expect(labels).toEqual(tasks.flatMap((task) => models.map(({ name }) => `${task}-${name}`)).sort())
    for (const name of runs) {
      expect(await readdir(join(out, 'runs', name))).toEqual(
        expect.arrayContaining(['checkpoint', 'config.json', 'metrics.jsonl', 'result.json']),
      )
    }
  })

  test('writes one page that needs nothing else', async () => {
    const page = await readFile(join(out, 'report.html'), 'utf8')
    for (const { name } of models) expect(page).toContain(name)
    expect(page).toContain('<svg')
    expect(page).not.toMatch(/<(script|link|img)[^>]*(src|href)="?https?:/)
    const figures = await readdir(join(out, 'figures'))
    expect(figures.filter((name) => name.endsWith('.svg')).length).toBeGreaterThanOrEqual(4)
  })

  test('tells programs how far it is on standard output, and people on standard error', () => {
    const events = first.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event)
    const phases = new Set(events.map(({ phase }) => phase))
    expect(phases).toEqual(new Set(['data', 'calibrating', 'planned', 'running', 'finished', 'done']))
    expect(events.filter(({ phase, cached }) => phase === 'finished' && cached === false)).toHaveLength(
      3 * models.length,
    )
    expect(events.at(-1)).toEqual({
      phase: 'done',
      report: join(out, 'report.html'),
      results: join(out, 'results.json'),
    })
    for (const event of events.filter(({ phase }) => phase === 'running')) {
      expect(event.done).toBeGreaterThan(0)
      expect(event.secondsLeft).toBeGreaterThanOrEqual(0)
    }
    for (const { name } of models) expect(first.stderr).toContain(`${name}: compressing done`)
    expect(first.stderr).toContain(`Report:  ${join(out, 'report.html')}`)
  })

  test('run again, repeats nothing and says the same', async () => {
    const before = await readFile(join(out, 'results.json'), 'utf8')
    const run = join(out, 'runs', (await readdir(join(out, 'runs')))[0]!, 'result.json')
    const written = (await stat(run)).mtimeMs
    const again = await command()
    expect(again.status).toBe(0)
    const events = again.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event)
    expect(events.some(({ phase }) => phase === 'running' || phase === 'calibrating')).toBe(false)
    expect(events.filter(({ cached }) => cached)).toHaveLength(3 * models.length)
    expect((await readFile(join(out, 'results.json'), 'utf8')) === before).toBe(true)
    expect((await stat(run)).mtimeMs).toBe(written)
  })

  test('its report can be drawn again', async () => {
    const drawings = async (): Promise<string[]> => {
      const names = (await readdir(join(out, 'figures'))).filter((name) => name.endsWith('.svg')).sort()
      return Promise.all(names.map((name) => readFile(join(out, 'figures', name), 'utf8')))
    }
    const before = await drawings()
    const report = join(out, 'report.html')
    await rm(report)
    await rm(join(out, 'figures'), { recursive: true })
    expect(await tlc(['report', out])).toMatchObject({ status: 0, stdout: `${report}\n` })
    expect((await stat(report)).size).toBeGreaterThan(100_000)
    expect((await drawings()).map((drawing, index) => drawing === before[index])).toEqual(before.map(() => true))
  })
})
