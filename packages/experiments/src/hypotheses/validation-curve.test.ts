import { expect, test } from 'vitest'
import { syntheticStudy } from '../../test/synthetic-study.ts'
import type { CurvePoint } from '../results.ts'
import { firstStepAt, logSpaced, lossAt, type ValidationCurve } from './validation-curve.ts'

const [model] = syntheticStudy({ items: 1 }).models
const point = (step: number, validationLoss: number): CurvePoint => ({
  model: 'one',
  step,
  seconds: step / 10,
  operations: step * 1e9,
  tokens: step * 64,
  trainingLoss: null,
  validationLoss,
  validationLossError: 0,
})
const curve: ValidationCurve = { model: model!, points: [point(0, 8), point(10, 6), point(100, 4), point(1000, 5)] }

test('the loss between evaluations is linear in the logarithm of what was spent', () => {
  expect(lossAt(curve, 'step', 10)).toBe(6)
  expect(lossAt(curve, 'step', Math.sqrt(1000))).toBeCloseTo(5, 12)
  expect(lossAt(curve, 'seconds', Math.sqrt(10))).toBeCloseTo(5, 12)
  expect(lossAt(curve, 'step', 5)).toBe(7) // from step 0, which has no logarithm, linear
  expect(lossAt(curve, 'step', 1000)).toBe(5)
  expect(lossAt(curve, 'step', 1001)).toBeUndefined()
})

test('a loss is reached at the first step that has it', () => {
  expect(firstStepAt(curve, 5)).toBe(55)
  expect(firstStepAt(curve, 4)).toBe(100)
  expect(firstStepAt(curve, 9)).toBe(0)
  expect(firstStepAt(curve, 3)).toBeUndefined()
})

test('log-spaced places have equal ratios', () => {
  const places = logSpaced(2, 32, 5)
  expect(places.map(Math.round)).toEqual([2, 4, 8, 16, 32])
})
