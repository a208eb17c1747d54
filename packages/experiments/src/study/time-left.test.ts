import { describe, expect, test } from 'vitest'
import type { Plan } from './plan.ts'
import { modelSize } from './study.ts'
import { TimeLeft } from './time-left.ts'

const plan = (layers: number, pretrain: number, finetune: number, compress: number): Plan => ({
  size: modelSize(layers, 16),
  stepSeconds: 1,
  operations: 1,
  steps: 1,
  cost: { pretrain, finetune, compress },
})

/** A clock that is set by hand. */
function timed(plans: readonly Plan[], processes: number): { left: TimeLeft; clock: { seconds: number } } {
  const clock = { seconds: 0 }
  return { left: new TimeLeft(plans, processes, () => clock.seconds), clock }
}

describe('the time that a study will still take', () => {
  test('is what is planned, shared by the processes', () => {
    expect(timed([plan(1, 30, 20, 10), plan(2, 30, 20, 10)], 1).left.seconds()).toBe(120)
    expect(timed([plan(1, 30, 20, 10), plan(2, 30, 20, 10)], 2).left.seconds()).toBe(60)
  })

  test('is never less than that of one size, whose tasks cannot be shared', () => {
    expect(timed([plan(1, 30, 20, 10), plan(2, 1, 1, 1)], 2).left.seconds()).toBe(60)
  })

  test('falls as tasks go on, and is 0 at the end', () => {
    const { left } = timed([plan(1, 30, 20, 10)], 1)
    left.reached('pretrain', '1Lx16H', 0)
    left.reached('pretrain', '1Lx16H', 0.1)
    expect(left.seconds()).toBeCloseTo(57, 9)
    for (const kind of ['pretrain', 'finetune', 'compress'] as const) left.finished(kind, '1Lx16H')
    expect(left.seconds()).toBe(0)
  })

  test('is corrected by how much longer than planned the tasks have taken', () => {
    const { left, clock } = timed([plan(1, 30, 20, 10)], 1)
    left.reached('pretrain', '1Lx16H', 0)
    clock.seconds = 45
    left.reached('pretrain', '1Lx16H', 0.5) // 15 s of work took 45 s
    expect(left.seconds()).toBeCloseTo(3 * 45, 9)
  })

  test('is not told by what was done before: a task that goes on does not begin at 0', () => {
    const { left, clock } = timed([plan(1, 30, 20, 10)], 1)
    left.finished('pretrain', '1Lx16H') // before
    clock.seconds = 100
    left.reached('finetune', '1Lx16H', 0.5)
    clock.seconds = 108
    left.reached('finetune', '1Lx16H', 0.9) // 8 s of work took 8 s
    expect(left.seconds()).toBeCloseTo(2 + 10, 9)
  })
})
