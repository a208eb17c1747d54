import { AdamW, meanSquaredError, Parameter, trainStep } from '@tlc/nn'
import { key, normal, openBackend, scope, useBackend } from '@tlc/tensor'
import { describe, expect, it } from 'vitest'
import { maskOf } from '../mask.ts'
import { type AlternatingPhases, alternatingPhases, alternatingPruning } from './alternating-pruning.ts'

useBackend(await openBackend('reference'))

const stepsOf = (options: AlternatingPhases): string =>
  Array.from({ length: options.steps }, (_, step) => Number(alternatingPhases(options)(step))).join('')

describe('alternating phases', () => {
  it('are dense at first, then every other one, and sparse in the end', () => {
    expect(stepsOf({ warmUp: 2, phase: 3, steps: 14 })).toBe('00111000111111')
    expect(stepsOf({ phase: 2, steps: 8 })).toBe('11001111')
    expect(stepsOf({ warmUp: 1, phase: 1, steps: 9, last: 3 })).toBe('010101111')
  })

  it('must fit', () => {
    expect(() => alternatingPhases({ warmUp: 5, phase: 3, steps: 7 })).toThrow('within the 7 there are')
    expect(() => alternatingPhases({ phase: 0.5, steps: 7 })).toThrow('phase 0.5')
  })
})

describe('alternating pruning', () => {
  it('prunes anew in each sparse phase, and lets weights come back from 0 in dense ones', async () => {
    const weight = new Parameter(normal(key(1), [8, 8]))
    const parameters = new Map([
      ['w', weight],
      ['tied', weight],
    ])
    const optimizer = new AdamW(new Map([['w', weight]]))
    const [x, y] = [normal(key(2), [16, 8]), normal(key(3), [16, 8])]
    const isSparse = alternatingPhases({ warmUp: 2, phase: 4, steps: 18 })
    const prune = alternatingPruning({ parameters, sparsity: 0.5, isSparse, optimizer })
    const changes: number[] = []
    const masks = new Set<string>()
    for (let step = 0; step < 18; step++) {
      const masked = maskOf(weight)
      if (await prune(step)) {
        changes.push(step)
        const stored = await weight.stored.data()
        if (masked) expect(stored.every((value, index) => (value === 0) === (masked[index] === 0))).toBe(true)
      }
      const zeros = (await weight.value.data()).filter((value) => value === 0).length
      if (isSparse(step)) {
        expect(zeros).toBe(32)
        // Cleared, so that nothing moves them under the mask.
        expect((await weight.stored.data()).filter((value) => value === 0)).toHaveLength(32)
      }
      if (maskOf(weight)) masks.add(maskOf(weight)!.join(''))
      using _step = scope()
      const loss = () => meanSquaredError(x.matmul(weight.value), y)
      trainStep({ optimizer, microBatches: [0], learningRate: 0.1, loss })
    }
    // Sparse 2..5, dense 6..9, sparse 10..13, and on into the last 14..17.
    expect(changes).toEqual([2, 6, 10])
    expect(masks.size).toBe(2)
  })
})
