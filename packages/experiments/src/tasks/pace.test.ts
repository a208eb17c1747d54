import { expect, test } from 'vitest'
import { Pace } from './pace.ts'

test('a pace is told by the last seconds, once there are two marks', () => {
  let now = 100
  const pace = new Pace(() => now)
  pace.reached(10, 0) // where a resumed training begins
  expect([pace.tokensPerSecond, pace.secondsLeft(20)]).toEqual([null, null])
  for (let step = 11; step <= 14; step++) {
    now += 2
    pace.reached(step, 300)
  }
  expect(pace.tokensPerSecond).toBe(150)
  expect(pace.secondsLeft(20)).toBe(12)
  for (let step = 15; step <= 60; step++) {
    now += 1 // twice as fast: what is long past no longer counts
    pace.reached(step, 300)
  }
  expect(pace.tokensPerSecond).toBe(300)
  expect(pace.secondsLeft(60)).toBe(0)
})
