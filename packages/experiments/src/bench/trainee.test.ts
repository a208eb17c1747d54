import { expect, test } from 'vitest'
import type { Member } from './crew.ts'
import { modelNamed, tiny } from './models.ts'
import type { Answer } from './process/messages.ts'
import { Trainee } from './trainee.ts'

/** Somebody else, whose first losses are given, and whose steps take so many seconds. */
function learner(losses: readonly number[], steps: readonly number[] | undefined): Member {
  const answers: { readonly [kind: string]: Answer } = {
    train: { kind: 'trained', check: null, losses, seconds: 0.5 },
    step: steps ? { kind: 'sampled', seconds: steps } : { kind: 'failed', message: 'out of memory' },
    finish: { kind: 'finished', facts: null, work: null, residentBytes: 1e8, lastLoss: 5 },
  }
  return { name: 'jax-js ×1', spec: { kind: 'jax-js', threads: 1 }, ask: async ({ kind }) => answers[kind]! }
}

const truth = [7, 6.5, 6]

test('who learns as we do is timed: a figure for each round', async () => {
  const trainee = new Trainee(tiny, learner([7, 6.501, 6], [0.5, 0.25, 0.3]), false)
  expect(await trainee.begin(truth)).toEqual([7, 6.501, 6])
  expect([trainee.isReady, trainee.seconds]).toEqual([true, 0.5])
  for (const round of [0, 3]) await trainee.sample(round)
  const { check, figures, note } = await trainee.finish()
  expect(check!.error).toBeCloseTo(0.001 / 6.5, 12)
  expect(note).toBeNull()
  expect(figures).toMatchObject({ firstLoss: 7, lastLoss: 5, residentBytes: 1e8, own: null })
  expect(figures!.milliseconds).toEqual({ median: 300, lowerQuartile: 300, upperQuartile: 300, samples: 2 })
  // 16 texts of 64 tokens in 0.3 s
  expect(figures!.tokensPerSecond.median).toBeCloseTo((16 * 64) / 0.3, 9)
  const rate = figures!.flops / 0.3 / 1e9
  expect(figures!.samples).toEqual([
    [0, rate],
    [3, rate],
  ])
})

test('whose losses are others is not timed, with dropout only if they are far from ours', async () => {
  for (const [model, losses, isRight] of [
    ['tiny', [7, 6.6, 6], false],
    ['tiny, dropout', [7, 6.6, 6], true],
    ['tiny, dropout', [7, 8, 6], false],
    ['tiny', [7, Number.NaN, 6], false],
  ] as const) {
    const trainee = new Trainee(modelNamed(model), learner(losses, [0.3]), false)
    expect((await trainee.begin(truth)) !== undefined, `${model} ${losses}`).toBe(isRight)
    expect(trainee.isReady).toBe(isRight)
    if (isRight) await trainee.sample(0)
    expect((await trainee.finish()).figures === null).toBe(!isRight)
  }
  const unknown = new Trainee(tiny, learner(truth, [0.3]), false)
  await unknown.begin(undefined)
  expect(unknown.isReady).toBe(false)
})

test('who fails in the middle has no figures, but a reason', async () => {
  const trainee = new Trainee(tiny, learner(truth, undefined), false)
  await trainee.begin(truth)
  await trainee.sample(0)
  expect(trainee.isReady).toBe(false)
  expect(await trainee.finish()).toMatchObject({ check: null, figures: null, note: 'failed: out of memory' })
})
