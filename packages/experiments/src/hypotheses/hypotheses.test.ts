import { expect, test } from 'vitest'
import { syntheticStudy, type World } from '../../test/synthetic-study.ts'
import type { Measurements, Verdict } from '../results.ts'
import { combination } from './combination.ts'
import { pruningError, quantizationError } from './compression-error.ts'
import { fewerSteps } from './fewer-steps.ts'
import { freeCompression } from './free-compression.ts'
import { frontierOfLarge } from './frontier-of-large.ts'
import { judge } from './index.ts'
import { largerWinsInOperations, largerWinsInTime } from './larger-wins.ts'
import { pruningDrop } from './pruning-drop.ts'
import { quantizationDrop } from './quantization-drop.ts'
import { weakShape } from './weak-shape.ts'

const items = 400

/** Verdicts of one hypothesis in made-up worlds whose laws make it true, false, or undecidable. */
const cases: readonly (readonly [
  name: string,
  test: (study: Measurements) => Verdict,
  worlds: { readonly [V in Verdict['verdict']]?: World },
])[] = [
  [
    'H1',
    fewerSteps,
    {
      supported: {},
      refuted: { benefitOfSize: -0.15 },
      inconclusive: {
        shapes: [
          [2, 64],
          [4, 96],
        ],
      },
    },
  ],
  [
    'H2 time',
    largerWinsInTime,
    { supported: {}, refuted: { benefitOfSize: -0.15 }, inconclusive: { shapes: [[2, 64]] } },
  ],
  [
    'H2 operations',
    largerWinsInOperations,
    { supported: {}, refuted: { benefitOfSize: 0 }, inconclusive: { shapes: [[2, 64]] } },
  ],
  ['H4', weakShape, { supported: {}, refuted: { benefitOfWidth: 0.4 }, inconclusive: { benefitOfSize: 0 } }],
  [
    'H12',
    quantizationDrop,
    {
      supported: { robustnessOfSize: 1, damage: 2 },
      refuted: { robustnessOfSize: -1, damage: 2 },
      inconclusive: { damage: 0 },
    },
  ],
  [
    'H13',
    pruningDrop,
    {
      supported: { robustnessOfSize: 1, damage: 2 },
      refuted: { robustnessOfSize: -1, damage: 2 },
      inconclusive: { robustnessOfSize: 0 },
    },
  ],
  ['H14', frontierOfLarge, { supported: {}, refuted: { benefitOfSize: 0 }, inconclusive: { shapes: [[2, 64]] } }],
  [
    'H15',
    combination,
    {
      supported: { damage: 2, synergy: 0.2, items: 1500 },
      refuted: { damage: 4, synergy: 20, items: 1500 },
      inconclusive: { synergy: 1.5 },
    },
  ],
  [
    'H16',
    freeCompression,
    { supported: { robustnessOfSize: 4, items: 1500 }, refuted: { damage: 3 }, inconclusive: { damage: 0 } },
  ],
  [
    'H18 quantization',
    quantizationError,
    { supported: {}, refuted: { robustnessOfSize: -0.5 }, inconclusive: { robustnessOfSize: 0 } },
  ],
  [
    'H18 pruning',
    pruningError,
    {
      supported: {},
      refuted: { robustnessOfSize: -0.5 },
      inconclusive: {
        shapes: [
          [2, 64],
          [4, 96],
        ],
      },
    },
  ],
]

for (const [id, hypothesis, worlds] of cases) {
  for (const [expected, world] of Object.entries(worlds)) {
    test(`${id} is ${expected} in a world of ${JSON.stringify(world)}`, () => {
      const verdict = hypothesis(syntheticStudy({ items, ...world }))
      expect(verdict, verdict.sentence).toMatchObject({ id, verdict: expected })
    })
  }
}

test('every verdict but an untested one has an interval around a finite value', () => {
  for (const verdict of judge(syntheticStudy({ items })).hypotheses) {
    expect(Number.isFinite(verdict.value), verdict.id).toBe(true)
    expect(verdict.interval?.low, verdict.id).toBeLessThanOrEqual((verdict.value as number) + 1e-12)
    expect(verdict.interval?.high, verdict.id).toBeGreaterThanOrEqual((verdict.value as number) - 1e-12)
  }
})

test('the verdicts do not depend on the order of models, curves and points', () => {
  const study = syntheticStudy({ items })
  const shuffled = {
    ...study,
    models: study.models.toReversed(),
    curves: study.curves.toReversed(),
    compression: study.compression.toReversed(),
    errors: study.errors.toReversed(),
  }
  const rounded = (verdicts: readonly Verdict[]) =>
    verdicts.map(({ id, verdict, value }) => [id, verdict, value?.toFixed(9)])
  expect(rounded(judge(shuffled).hypotheses)).toEqual(rounded(judge(study).hypotheses))
})

test('models that learned nothing lose nothing, which is no evidence', () => {
  const study = syntheticStudy({ items: 200 })
  const verdicts = judge({ ...study, task: { ...study.task, majorityAccuracy: 0.99 } }).hypotheses
  for (const id of ['H12', 'H13', 'H14', 'H15', 'H16']) {
    const verdict = verdicts.find((one) => one.id === id)
    expect(verdict, id).toMatchObject({ verdict: 'inconclusive', interval: null })
    expect(verdict?.sentence).toMatch(/learned the task|always answering the most frequent class/)
  }
})

test('the same measurements give the same verdicts to the bit', () => {
  const study = syntheticStudy({ items: 200 })
  expect(JSON.stringify(judge(study))).toBe(JSON.stringify(judge(study)))
})

test('a study without compression or errors is judged on what it has', () => {
  const verdicts = judge({ ...syntheticStudy({ items: 100 }), compression: [], errors: [] }).hypotheses
  expect(verdicts.filter(({ interval }) => interval).map(({ id }) => id)).toEqual([
    'H1',
    'H2 time',
    'H2 operations',
    'H4',
  ])
  for (const { interval, sentence } of verdicts) if (!interval) expect(sentence).toMatch(/^Not tested: /)
})
