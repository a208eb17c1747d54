import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hypervolume } from './hypervolume.ts'
import { type Choice, paretoFrontier } from './pareto-frontier.ts'

const choice = (cost: number, value: number): Choice => ({ cost, value })
const dominates = (a: Choice, b: Choice) =>
  a.cost <= b.cost && a.value >= b.value && (a.cost < b.cost || a.value > b.value)
const choices = fc.array(fc.record({ cost: fc.integer({ min: 0, max: 20 }), value: fc.integer({ min: 0, max: 20 }) }), {
  maxLength: 30,
})

test('removes what costs more and gives no more', () => {
  const frontier = paretoFrontier([choice(3, 5), choice(1, 2), choice(2, 2), choice(3, 4), choice(4, 9), choice(5, 9)])
  expect(frontier).toEqual([choice(1, 2), choice(3, 5), choice(4, 9)])
})

test('is exactly the choices that none dominates', () => {
  fc.assert(
    fc.property(choices, (all) => {
      const frontier = paretoFrontier(all)
      const kept = new Set(frontier.map(({ cost, value }) => `${cost} ${value}`))
      for (const one of all)
        expect(kept.has(`${one.cost} ${one.value}`)).toBe(!all.some((other) => dominates(other, one)))
      expect(paretoFrontier(frontier)).toEqual(frontier)
    }),
  )
})

test('the hypervolume of a staircase is the sum of its steps', () => {
  // from 1 to 3 at height 2, from 3 to 10 at height 5
  expect(hypervolume([choice(1, 2), choice(3, 5), choice(4, 4)], choice(10, 0))).toBe(2 * 2 + 7 * 5)
  expect(hypervolume([], choice(10, 0))).toBe(0)
  expect(hypervolume([choice(11, 5), choice(2, -1)], choice(10, 0))).toBe(0)
})

test('the hypervolume is the number of unit cells that some choice covers', () => {
  fc.assert(
    fc.property(choices, (all) => {
      let cells = 0
      for (let cost = 0; cost < 20; cost++) {
        for (let value = 0; value < 20; value++)
          cells += all.some((one) => one.cost <= cost && one.value > value) ? 1 : 0
      }
      expect(hypervolume(all, choice(20, 0))).toBe(cells)
    }),
  )
})
