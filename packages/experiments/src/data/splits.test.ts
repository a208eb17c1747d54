import { key } from '@tlc/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layOut, placesOf, type Split } from './splits.ts'

const anyKind = fc.constantFrom('labelled' as const, 'pairs' as const, 'translation' as const)

test('no item is in two of train, validation and test, and pretraining lies inside train', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 3000 }), anyKind, (count, kind) => {
      const { splits, order } = layOut(count, kind, key(0))
      const { train, validation, test, pretraining, heldOut } = splits
      expect([train[0], validation[0], test[0], test[1]]).toEqual([0, train[1], validation[1], count])
      expect([pretraining[0], heldOut[0], heldOut[1]]).toEqual([0, pretraining[1], train[1]])
      for (const [start, end] of Object.values(splits)) expect(end).toBeGreaterThan(start)
      expect([...order].sort((a, b) => a - b)).toEqual([...new Array(count).keys()])
      expect(placesOf(order).map((place) => order[place] as number)).toEqual(
        Int32Array.from({ length: count }, (_, i) => i),
      )
    }),
  )
})

test('a large data set is split 80, 10 and 10 percent, and half a percent of train is held out', () => {
  expect(layOut(50_000, 'labelled', key(0)).splits).toEqual({
    pretraining: [0, 39_800],
    heldOut: [39_800, 40_000],
    train: [0, 40_000],
    validation: [40_000, 45_000],
    test: [45_000, 50_000],
  })
})

test('texts without a task are for pretraining only', () => {
  const { splits } = layOut(1000, 'texts', key(0))
  expect([splits.pretraining, splits.heldOut]).toEqual([
    [0, 900],
    [900, 1000],
  ])
  for (const split of ['train', 'validation', 'test'] as const) expect(splits[split][1] - splits[split][0]).toBe(0)
})

test('a group is never parted', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 30, maxLength: 200 }), anyKind, fc.nat(), (raw, kind, seed) => {
      const names = [...new Set(raw)]
      fc.pre(names.length >= 3)
      const groupOf = raw.map((group) => names.indexOf(group))
      const { splits, order } = layOut(raw.length, kind, key(seed), groupOf)
      expect([...order].sort((a, b) => a - b)).toEqual([...raw.keys()])
      const groupsIn = (split: Split): Set<number> =>
        new Set(Array.from(order.subarray(...splits[split]), (item) => groupOf[item] as number))
      const [train, validation, test] = [groupsIn('train'), groupsIn('validation'), groupsIn('test')]
      expect(train.size + validation.size + test.size).toBe(names.length)
      const [pretraining, heldOut] = [groupsIn('pretraining'), groupsIn('heldOut')]
      expect(pretraining.size + heldOut.size).toBe(train.size)
    }),
  )
})
