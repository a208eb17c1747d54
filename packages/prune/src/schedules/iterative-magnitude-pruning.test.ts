import { Parameter } from '@tlc/nn'
import { key, normal, openBackend, useBackend } from '@tlc/tensor'
import { describe, expect, it } from 'vitest'
import { maskOf } from '../mask.ts'
import { loadMasks, saveMasks } from '../mask-file.ts'
import {
  type IterativePruningOptions,
  iterativeMagnitudePruning,
  type LevelReport,
} from './iterative-magnitude-pruning.ts'

useBackend(await openBackend('reference'))

/**
 * A task whose accuracy is known: 1 minus `damage` for each zero, of which a step of training takes back `repair`, down
 * to nothing.
 */
function task({ damage, repair, evaluateEvery = 5 }: { damage: number; repair: number; evaluateEvery?: number }) {
  const parameters = new Map([['w', new Parameter(normal(key(3), [100]))]])
  const state = { repaired: 0, steps: 0, evaluations: 0, log: [] as string[] }
  const zeros = (): number => maskOf(parameters.get('w')!)?.filter((kept) => kept === 0).length ?? 0
  const options: IterativePruningOptions = {
    parameters,
    evaluate: () => {
      state.evaluations++
      return 0.8 * (1 - Math.max(0, damage * zeros() - state.repaired))
    },
    finetuneStep: () => {
      state.steps++
      state.repaired += repair
    },
    stepsPerEpoch: 20,
    evaluateEvery,
    onPruned: ({ sparsity }) => state.log.push(`pruned ${sparsity}`),
    onEvaluated: ({ step }) => state.log.push(`step ${step}`),
  }
  return { parameters, options, state }
}

async function collect(levels: AsyncIterable<LevelReport>): Promise<LevelReport[]> {
  const all: LevelReport[] = []
  for await (const level of levels) all.push(level)
  return all
}

describe("the paper's iterative magnitude pruning", () => {
  it('goes by 15% of the original to 90%, and does not train where nothing was lost', async () => {
    const { options, state } = task({ damage: 0, repair: 0 })
    const levels = await collect(iterativeMagnitudePruning(options))
    expect(levels.map(({ sparsity, zeros }) => [sparsity, zeros])).toEqual([
      [0.15, 15],
      [0.3, 30],
      [0.45, 45],
      [0.6, 60],
      [0.75, 75],
      [0.9, 90],
    ])
    expect(levels.every(({ recovered, retrainingSteps }) => recovered && retrainingSteps === 0)).toBe(true)
    expect(state.steps).toBe(0)
  })

  it('trains until the accuracy is within 99.5% of the original, looking every so many steps', async () => {
    const { options, state } = task({ damage: 0.01, repair: 0.012, evaluateEvery: 5 })
    const [first] = await collect(iterativeMagnitudePruning({ ...options, levels: [0.15] }))
    // 0.15 is lost. 11 steps take back 0.132, which leaves 0.018 > 0.005; 13 would do; it looks after 5, 10, 15.
    expect(first).toEqual({
      sparsity: 0.15,
      zeros: 15,
      size: 100,
      originalAccuracy: 0.8,
      prunedAccuracy: 0.8 * (1 - 0.15),
      accuracy: 0.8,
      retrainingSteps: 15,
      recovered: true,
    })
    expect(state.log).toEqual(['pruned 0.15', 'step 5', 'step 10', 'step 15'])
  })

  it('stops at one epoch where the accuracy does not come back, to the step', async () => {
    const { options } = task({ damage: 0.01, repair: 0, evaluateEvery: 15 })
    const levels = await collect(iterativeMagnitudePruning({ ...options, levels: [0.15, 0.3] }))
    expect(levels.map(({ retrainingSteps, recovered }) => [retrainingSteps, recovered])).toEqual([
      [20, false],
      [20, false],
    ])
  })

  it('takes exactly 99.5% for recovered, and the share that is asked for', async () => {
    const accuracies = [1000, 995, 994, 994]
    const { options } = task({ damage: 0, repair: 0 })
    const evaluate = (): number => accuracies.shift()!
    const run = (recovery?: number) =>
      collect(
        iterativeMagnitudePruning({
          ...{ ...options, evaluate, levels: [0.5], stepsPerEpoch: 1, evaluateEvery: 1 },
          ...(recovery ? { recovery } : {}),
        }),
      )
    expect((await run())[0]).toMatchObject({ recovered: true, retrainingSteps: 0 })
    accuracies.splice(0, 4, 1000, 994, 994)
    expect((await run())[0]).toMatchObject({ recovered: false, retrainingSteps: 1 })
    accuracies.splice(0, 4, 1000, 900)
    expect((await run(0.9))[0]).toMatchObject({ recovered: true, retrainingSteps: 0 })
  })

  it('resumed between levels ends as if it had never stopped', async () => {
    const settings = { damage: 0.01, repair: 0.01 }
    const uninterrupted = task(settings)
    const whole = await collect(iterativeMagnitudePruning(uninterrupted.options))

    const first = task(settings)
    const done: LevelReport[] = []
    for await (const level of iterativeMagnitudePruning(first.options)) {
      done.push(level)
      if (done.length === 3) break
    }
    const second = task(settings)
    loadMasks(second.parameters, saveMasks(first.parameters))
    second.state.repaired = first.state.repaired
    const resumed = JSON.parse(JSON.stringify(done)) as LevelReport[]
    const rest = await collect(iterativeMagnitudePruning({ ...second.options, done: resumed }))
    expect([...done, ...rest]).toEqual(whole)
    expect(saveMasks(second.parameters)).toEqual(saveMasks(uninterrupted.parameters))
  })

  it('refuses levels that do not ascend, other levels than those it began with, and an accuracy that is NaN', async () => {
    const { options } = task({ damage: 0, repair: 0 })
    const run = (more: Partial<IterativePruningOptions>) => collect(iterativeMagnitudePruning({ ...options, ...more }))
    await expect(run({ levels: [0.3, 0.15] })).rejects.toThrow(
      'levels must ascend within 0 < level <= 1, got 0.3, 0.15',
    )
    await expect(run({ levels: [15, 30] })).rejects.toThrow('got 15, 30')
    await expect(run({ stepsPerEpoch: 0 })).rejects.toThrow('stepsPerEpoch must be a whole number >= 1, got 0')
    await expect(run({ evaluate: () => Number.NaN })).rejects.toThrow('evaluate gave NaN')
    const done = await run({ levels: [0.2] })
    await expect(run({ done })).rejects.toThrow('level 0 was done at 0.2, now 0.15 is asked for')
  })
})
