import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readResults } from '../src/read-results.ts'
import type { StudyResults } from '../src/results.ts'
import { tinyStudy } from './tiny-study.ts'
import { type Event, killTree, type Outcome, type Running, scratch, start, tlc } from './tlc.ts'

/** A tiny study on known step times, done once without interruption; what is interrupted must come to the same. */
let root: string
let whole: string
let expected: object
const parameters = (out: string): string[] => [
  ...['study', 'run', '--study', join(root, 'study.json'), '--out', out],
  ...['--budget-steps', '400', '--save-every', '0.1', '--json'],
]
const environment = (): Record<string, string> => ({ TLC_CACHE: join(root, 'cache') })
const begin = (out: string): Running => start(parameters(out), { environment: environment() })
const run = (out: string, limit?: string): Promise<Outcome> =>
  tlc(parameters(out), { environment: environment(), ...(limit !== undefined && { limit }) })

/** All numbers, without what tells one time from another. */
async function numbers(out: string): Promise<object> {
  const { study, ...rest } = await readResults(join(out, 'results.json'))
  const { finishedAt: _, seconds: __, command: ___, ...identity } = study
  return { ...rest, study: identity } satisfies { study: Partial<StudyResults['study']> }
}

/** A copy of a study that is finished but for what is removed from it: directories in `runs/`, by how they begin. */
async function copyWithout(name: string, ...removed: readonly string[]): Promise<string> {
  const out = join(root, name)
  await cp(whole, out, { recursive: true })
  for (const run of await readdir(join(out, 'runs'))) {
    if (removed.some((label) => run.startsWith(label))) await rm(join(out, 'runs', run), { recursive: true })
  }
  return out
}

async function runDirectory(out: string, label: string): Promise<string> {
  const found = (await readdir(join(out, 'runs'))).find((name) => name.startsWith(label))
  return join(out, 'runs', found!)
}

async function checkpointIn(run: string): Promise<void> {
  const find = (): Promise<string[]> => readdir(join(run, 'checkpoint')).catch(() => [])
  while (!(await find()).some((name) => name.startsWith('checkpoint-'))) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The file of weights in a run's last checkpoint. */
async function weightsOf(run: string): Promise<string> {
  const last = (await readdir(join(run, 'checkpoint'))).filter((name) => name.startsWith('checkpoint-')).at(-1)
  return join(run, 'checkpoint', last!, 'model.safetensors')
}

beforeAll(async () => {
  root = await scratch()
  whole = join(root, 'whole')
  await writeFile(join(root, 'study.json'), JSON.stringify(tinyStudy))
  const outcome = await run(whole)
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 })
  expected = await numbers(whole)
}, 120_000)
afterAll(() => rm(root, { recursive: true }))

test('budgets of time become steps by the step times that were stored', async () => {
  const out = join(root, 'timed')
  const known = JSON.parse(await readFile(join(whole, 'calibration.json'), 'utf8')) as Record<string, number>
  const seconds = [0.004, 0.0075]
  const stored = Object.fromEntries(Object.keys(known).map((hash, index) => [hash, seconds[index]!]))
  await mkdir(out)
  await writeFile(join(out, 'calibration.json'), JSON.stringify(stored))
  const parameters = ['study', 'run', '--study', join(root, 'study.json'), '--out', out]
  expect(await tlc(parameters, { environment: environment() })).toMatchObject({ status: 0 })
  const { models } = await readResults(join(out, 'results.json'))
  const { budgetSeconds } = tinyStudy.pretraining
  expect(models.map(({ stepSeconds }) => stepSeconds).sort()).toEqual(seconds)
  for (const { steps, stepSeconds } of models) {
    expect(Math.abs(steps * stepSeconds - budgetSeconds)).toBeLessThanOrEqual(stepSeconds / 2)
  }
})

test('a study on more threads than it has sizes comes to the same numbers', { timeout: 60_000 }, async () => {
  const out = await copyWithout('threads', 'pretrain', 'finetune', 'compress')
  const outcome = await tlc([...parameters(out), '--threads', '5'], { environment: environment() })
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 })
  // Two for each of the two sizes.
  const found = (await numbers(out)) as Pick<StudyResults, 'environment'>
  expect(found.environment.threads).toBe(4)
  const { threads } = (expected as typeof found).environment
  expect({ ...found, environment: { ...found.environment, threads } }).toEqual(expected)
})

const atLeast = (kind: string, done: number) => (event: Event) =>
  event.phase === 'running' && event.kind === kind && Number(event.done) >= done

describe('a study that is killed', () => {
  test('goes on where it was, to the same numbers', { timeout: 120_000 }, async () => {
    const out = join(root, 'killed')
    await cp(join(whole, 'calibration.json'), join(out, 'calibration.json'))

    const first = begin(out)
    const { model, done } = await first.line(atLeast('pretrain', 0.5))
    await killTree(first)
    expect((await first.outcome).status).toBe(null)

    const second = begin(out)
    const resumed = await second.line((event) => event.phase === 'running' && event.model === model)
    expect(resumed.kind).toBe('pretrain')
    expect(Number(resumed.done)).toBeGreaterThan(0.1) // it had saved every tenth of a second, and did not begin anew
    expect(Number(resumed.done)).toBeLessThanOrEqual(1)
    expect(Number(done)).toBeLessThan(1)
    const { model: compressed } = await second.line(atLeast('compress', 0))
    await checkpointIn(await runDirectory(out, `compress-${compressed}`)) // the first of three levels is done
    second.child.kill('SIGKILL') // the parent alone: the others have to notice
    await second.outcome
    expect(await readdir(await runDirectory(out, `compress-${compressed}`))).not.toContain('result.json')

    const third = await run(out)
    expect(third, third.stderr).toMatchObject({ status: 0 })
    expect(await numbers(out)).toEqual(expected)
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s says how to go on, and ends its processes', { timeout: 60_000 }, async (signal, status) => {
    const out = join(root, signal)
    await cp(join(whole, 'calibration.json'), join(out, 'calibration.json'))
    const running = begin(out)
    await running.line(atLeast('pretrain', 0.2))
    running.child.kill(signal)
    const outcome = await running.outcome
    expect(outcome.status).toBe(status)
    expect(outcome.stderr).toContain('interrupted; what is done is kept. To go on:')
    expect(outcome.stderr).toContain(`npx tlc study run --study ${join(root, 'study.json')} --out ${out} --seed 1`)
    expect(outcome.stderr).not.toContain('    at ')
    expect(outcome.stdout.trim().split('\n').at(-1)).toMatch(/^\{"phase":"failed","message":"interrupted; /)
    expect(() => process.kill(-running.child.pid!, 0)).toThrow('ESRCH') // nobody is left in its process group
    expect(await readdir(out)).not.toContain('results.json')
  })
})

describe('a study that cannot write', () => {
  test('says so, loses nothing, and goes on when it can', { timeout: 60_000 }, async () => {
    // A limit to the size of files makes writing fail in the middle, as a full disk does.
    const out = await copyWithout('limited', 'finetune-1L', 'compress-1L')
    await rm(join(out, 'results.json'))
    const failed = await run(out, 'ulimit -f 40')
    expect(failed.status).toBe(1)
    expect(failed.stderr).toMatch(/error: finetune of 1Lx32H: no checkpoint could be written to .*EFBIG/)
    expect(failed.stderr).not.toContain('    at ')
    expect(await readdir(out)).not.toContain('results.json')
    expect(await run(out)).toMatchObject({ status: 0 })
    expect(await numbers(out)).toEqual(expected)
  })
})

describe('a damaged file', () => {
  const fails = async (out: string, ...messages: readonly (string | RegExp)[]): Promise<void> => {
    const { status, stderr } = await run(out)
    expect(status).toBe(1)
    for (const message of messages) expect(stderr).toMatch(message)
    expect(stderr).not.toContain('    at ')
  }

  test('a result cut short is named', async () => {
    const out = await copyWithout('cut')
    const result = join(await runDirectory(out, 'pretrain-1L'), 'result.json')
    await truncate(result, 100)
    await fails(out, `error: ${result} is damaged`, 'Delete it to run this part again')
    await rm(result)
    expect(await run(out)).toMatchObject({ status: 0 })
    expect(await numbers(out)).toEqual(expected)
  })

  test('a trained model that is needed: its run is to be deleted, and is done anew', { timeout: 60_000 }, async () => {
    const out = await copyWithout('weights', 'finetune-1L', 'compress-1L')
    const damaged = await runDirectory(out, 'pretrain-1L')
    await truncate(await weightsOf(damaged), 1000)
    await fails(out, 'error: the trained model is lost: ', 'model.safetensors has 1000 bytes', `Delete ${damaged} and`)
    await rm(join(damaged, 'checkpoint'), { recursive: true })
    await fails(out, `${join(damaged, 'checkpoint')} has no trained model, although its run is finished`)
    await rm(damaged, { recursive: true })
    expect(await run(out)).toMatchObject({ status: 0 })
    expect(await numbers(out)).toEqual(expected)
  })

  test('a checkpoint to go on from is named, with what to do', async () => {
    const out = await copyWithout('checkpoint')
    const unfinished = await runDirectory(out, 'compress-1L')
    await rm(join(unfinished, 'result.json'))
    const weights = await weightsOf(unfinished)
    const bytes = await readFile(weights)
    bytes[bytes.length - 1]! ^= 1
    await writeFile(weights, bytes)
    await fails(out, 'error: compress of 1Lx32H: ', 'is damaged: model.safetensors has', 'remove that folder to go on')
  })

  test('step times are named', async () => {
    for (const [index, content] of ['{"a":', '{"a":-1}', 'null', '[]x'].entries()) {
      const out = await copyWithout(`calibration-${index}`)
      await writeFile(join(out, 'calibration.json'), content)
      await fails(out, `error: ${join(out, 'calibration.json')} is damaged; delete it to measure again`)
    }
  })

  test('results that are damaged are written anew', async () => {
    const out = await copyWithout('results')
    await truncate(join(out, 'results.json'), 500)
    const report = await tlc(['report', out])
    expect(report).toMatchObject({ status: 1, stdout: '' })
    expect(report.stderr).toContain(`error: ${join(out, 'results.json')} is not JSON`)
    expect(report.stderr).not.toContain('    at ')
    expect(await run(out)).toMatchObject({ status: 0 })
    expect(await numbers(out)).toEqual(expected)
  })
})

test('a loss that is not finite ends the study with the step; the last good checkpoint stays', async () => {
  const out = join(root, 'diverged')
  const study = { ...tinyStudy, pretraining: { ...tinyStudy.pretraining, learningRate: 1e20 } }
  await writeFile(join(root, 'diverging.json'), JSON.stringify(study))
  const { status, stderr } = await tlc(
    [
      'study',
      'run',
      '--study',
      join(root, 'diverging.json'),
      '--out',
      out,
      '--budget-steps',
      '50',
      '--save-every',
      '0',
    ],
    { environment: environment() },
  )
  expect(status).toBe(1)
  expect(stderr).toMatch(/error: pretrain of \dLx32H: the .* of step \d+ is (NaN|-?Infinity), expected a finite number/)
  expect(stderr).toContain('lower pretraining.learningRate')
  expect(stderr).not.toContain('    at ')
  const failed = /pretrain of (\dL)/.exec(stderr)![1]!
  const weights = await readFile(await weightsOf(await runDirectory(out, `pretrain-${failed}`)))
  const header = Number(weights.readBigUInt64LE(0))
  for (let at = 8 + header; at < weights.length; at += 4) {
    if (!Number.isFinite(weights.readFloatLE(at))) throw new Error('the checkpoint holds a weight that is not finite')
  }
  expect(await readdir(out)).not.toContain('results.json')
})
