import { AdamW, meanSquaredError, Parameter, trainStep } from '@tlc/nn'
import { key, normal, openBackend, scope, useBackend } from '@tlc/tensor'
import { describe, expect, it } from 'vitest'
import { maskOf } from '../mask.ts'
import { loadMasks, saveMasks } from '../mask-file.ts'
import { sparsityOf } from '../sparsity.ts'
import { nm } from '../structures/nm.ts'
import { pruneOnSchedule } from './prune-on-schedule.ts'
import { cubicSparsity } from './sparsity-schedules.ts'

useBackend(await openBackend('reference'))

const schedule = cubicSparsity({ final: 0.75, begin: 1, every: 2, changes: 4 })

function training() {
  const weight = new Parameter(normal(key(1), [8, 8]))
  const parameters = new Map([['w', weight]])
  const optimizer = new AdamW(parameters)
  const [x, y] = [normal(key(2), [16, 8]), normal(key(3), [16, 8])]
  const step = (): void => {
    using _step = scope()
    trainStep({
      optimizer,
      microBatches: [0],
      learningRate: 0.01,
      loss: () => meanSquaredError(x.matmul(weight.value), y),
    })
  }
  return { weight, parameters, optimizer, step }
}

describe('pruning along a schedule', () => {
  it('prunes at the steps where it rises, to its values, and never revives', async () => {
    const { weight, parameters, step } = training()
    const prune = pruneOnSchedule({ parameters, schedule })
    let before = new Uint8Array(64).fill(1)
    const pruned: number[] = []
    for (let t = 0; t < 12; t++) {
      if (await prune(t)) pruned.push(t)
      step()
      expect(sparsityOf(parameters).zeros).toBe(Math.round(64 * schedule(t)))
      const after = maskOf(weight) ?? before
      expect(after.every((kept, index) => kept <= before[index]!)).toBe(true)
      before = after.slice()
    }
    expect(pruned).toEqual([3, 5, 7, 9])
  })

  it('clears what the optimizer remembers', async () => {
    const { weight, parameters, optimizer, step } = training()
    const prune = pruneOnSchedule({ parameters, schedule, optimizer })
    for (let t = 0; t < 12; t++) {
      await prune(t)
      step()
    }
    const stored = await weight.stored.data()
    expect(stored.filter((value) => value === 0)).toHaveLength(48)
  })

  it('stopped and resumed ends with the same bits', async () => {
    const structure = nm(1, 4)
    const whole = training()
    const first = pruneOnSchedule({ parameters: whole.parameters, schedule, structure })
    const part = training()
    const second = pruneOnSchedule({ parameters: part.parameters, schedule, structure })
    for (let t = 0; t < 12; t++) {
      await first(t)
      whole.step()
    }
    for (let t = 0; t < 6; t++) {
      await second(t)
      part.step()
    }
    const resumed = training()
    resumed.weight.stored.assign(part.weight.stored.mul(1))
    resumed.optimizer.load(part.optimizer.state())
    loadMasks(resumed.parameters, saveMasks(part.parameters))
    const third = pruneOnSchedule({ parameters: resumed.parameters, schedule, structure })
    for (let t = 6; t < 12; t++) {
      await third(t)
      resumed.step()
    }
    expect(saveMasks(resumed.parameters)).toEqual(saveMasks(whole.parameters))
    expect(await resumed.weight.value.data()).toEqual(await whole.weight.value.data())
  })
})
