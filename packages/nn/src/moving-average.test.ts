import { openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { averageWeights } from './average-weights.ts'
import { encodeCheckpoint, restoreCheckpoint } from './checkpoint.ts'
import { TensorMismatchError } from './copy-tensors.ts'
import { Module, namedParameters } from './module.ts'
import { MovingAverage } from './moving-average.ts'
import { SGD } from './optimizers/sgd.ts'
import { Parameter } from './parameter.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const make = (values: number[]): Map<string, Parameter> => new Map([['w', new Parameter(tensor(values))]])
const valuesOf = async (parameters: Map<string, Parameter>): Promise<number[]> => [
  ...(await parameters.get('w')!.stored.data()),
]
const weights = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 12 })

describe('a moving average', () => {
  async function averageOf(series: readonly number[], decay: number, warmUp: boolean): Promise<number> {
    using _test = scope()
    const parameters = make([series[0]!])
    const average = new MovingAverage(parameters, { decay, warmUp })
    for (const x of series.slice(1)) {
      parameters.get('w')!.stored.assign(tensor([x]))
      average.update()
    }
    using _averaged = average.swapIn()
    return (await valuesOf(parameters))[0]!
  }

  test('is dⁿ θ₀ + (1 - d) Σ dⁿ⁻ⁱ θᵢ', async () => {
    await fc.assert(
      fc.asyncProperty(weights, fc.double({ min: 0, max: 0.999, noNaN: true }), async (series, decay) => {
        const n = series.length - 1
        const expected = series.reduce(
          (sum, x, i) => sum + (i === 0 ? decay ** n : (1 - decay) * decay ** (n - i)) * x,
          0,
        )
        // Three roundings of numbers up to 16 in each of up to 11 updates.
        expect(Math.abs((await averageOf(series, decay, false)) - expected)).toBeLessThan(3 * 11 * 16 * 2 ** -24)
      }),
    )
  })

  test('with warm-up begins with short memories: 2/11, 3/12, …', async () => {
    const expected = [8, -8, 1].reduce((mean, x, i) => mean * ((2 + i) / (11 + i)) + x * (1 - (2 + i) / (11 + i)), 5)
    expect(await averageOf([5, 8, -8, 1], 0.999, true)).toBeCloseTo(expected, 5)
  })

  test('of weights that do not change is those weights', async () => {
    await fc.assert(
      fc.asyncProperty(fc.float({ noNaN: true, noDefaultInfinity: true }), async (x) => {
        expect(await averageOf(new Array(5).fill(x), 0.9, false)).toBe(x + 0) // -0 + 0 is 0
      }),
    )
  })

  test('takes the weights’ place and gives it back, also when the evaluation fails', async () => {
    const parameters = make([1, 2])
    const average = new MovingAverage(parameters, { decay: 0.5, warmUp: false })
    parameters.get('w')!.stored.assign(tensor([3, 6]))
    average.update()
    const evaluate = async (): Promise<void> => {
      using _averaged = average.swapIn()
      expect(await valuesOf(parameters)).toEqual([2, 4])
      expect(() => average.update()).toThrow('MovingAverage.update: the averages are in the place of the weights')
      expect(() => average.swapIn()).toThrow('MovingAverage.swapIn')
      throw new Error('the evaluation failed')
    }
    await expect(evaluate()).rejects.toThrow('the evaluation failed')
    expect(await valuesOf(parameters)).toEqual([3, 6])
    average.update()
  })

  test('shares no memory with weights that an optimizer changes in place, and does not grow', async () => {
    const parameters = make([0, 0])
    const average = new MovingAverage(parameters, { decay: 0.5, warmUp: false })
    const optimizer = new SGD(parameters, { momentum: 0.9 })
    const { backend } = parameters.get('w')!.stored
    const held: number[] = []
    for (let step = 0; step < 4; step++) {
      using _step = scope()
      optimizer.step([tensor([-1, 1])], { learningRate: 1 })
      average.update()
      average.swapIn()[Symbol.dispose]()
      held.push(backend.memory().bytes)
    }
    expect(new Set(held).size).toBe(1)
    // 1, 2.9, 5.61, 9.049 averaged by halves
    using _averaged = average.swapIn()
    const [x] = await valuesOf(parameters)
    expect(x).toBeCloseTo(
      [1, 2.9, 5.61, 9.049].reduce((mean, w) => (mean + w) / 2, 0),
      5,
    )
  })

  test('goes on from a checkpoint to the same bits', async () => {
    class Model extends Module {
      readonly w = new Parameter(tensor([1, 1]))
    }
    const run = (average: MovingAverage, { w }: Model, series: readonly number[]): void => {
      for (const x of series) {
        w.stored.assign(tensor([x, -x]))
        average.update()
      }
    }
    const averageOfModel = (model: Model): MovingAverage => new MovingAverage(namedParameters(model))
    const whole = new Model()
    const straight = averageOfModel(whole)
    run(straight, whole, [3, 1, 4, 1, 5])

    const model = new Model()
    const movingAverage = averageOfModel(model)
    run(movingAverage, model, [3, 1, 4])
    const files = await encodeCheckpoint({ model, movingAverage }, 'after 3')

    const again = new Model()
    const resumed = averageOfModel(again)
    expect(restoreCheckpoint({ model: again, movingAverage: resumed }, files)).toBe('after 3')
    run(resumed, again, [1, 5])
    expect(await resumed.state().tensors.get('w')!.data()).toEqual(await straight.state().tensors.get('w')!.data())

    const without = await encodeCheckpoint({ model }, null)
    const restore = (): unknown => restoreCheckpoint({ model: again, movingAverage: resumed }, without)
    expect(restore).toThrow('saved without a moving average')
    expect([...(await again.w.stored.data())]).toEqual([5, -5])
  })

  test('refuses what it cannot be', () => {
    const average = new MovingAverage(make([1]))
    expect(() => average.load({ updates: 1, tensors: new Map() })).toThrow(TensorMismatchError)
    expect(() => average.load({ ...average.state(), updates: -1 })).toThrow(
      'updates must be a whole number >= 0, got -1',
    )
    expect(() => new MovingAverage(make([1]), { decay: 1 })).toThrow('decay must be 0 <= decay < 1, got 1')
  })
})

describe('the mean of checkpoints', () => {
  const checkpoint = (values: number[]) => new Map([['w', tensor(values)]])
  const meanOf = async (each: readonly number[][]): Promise<number[]> => {
    using _test = scope()
    const averaged = await averageWeights(each.map(checkpoint))
    return [...(await averaged.get('w')!.data())]
  }

  test('of equal ones is that checkpoint, to the bit', async () => {
    await fc.assert(
      fc.asyncProperty(weights, fc.integer({ min: 1, max: 20 }), async (values, count) => {
        expect(await meanOf(new Array(count).fill(values))).toEqual(values.map((x) => x + 0)) // -0 + 0 is 0
      }),
    )
  })

  test('is rounded once, and does not care about their order', async () => {
    // In f32 1 + 2^-24 would be 1 in one order, and not in the other.
    const each = [[1], [2 ** -24], [2 ** -24], [1 + 2 ** -23]]
    const expected = [Math.fround((2 + 2 ** -23 + 2 ** -23) / 4)]
    expect(await meanOf(each)).toEqual(expected)
    expect(await meanOf(each.toReversed())).toEqual(expected)
  })

  test('asks for one at a time', async () => {
    const events: string[] = []
    async function* read(): AsyncGenerator<ReadonlyMap<string, ReturnType<typeof tensor>>> {
      for (const x of [1, 2, 6]) {
        const each = checkpoint([x])
        yield each
        events.push(`freed ${x}`)
        each.get('w')!.dispose()
      }
    }
    expect([...(await (await averageWeights(read())).get('w')!.data())]).toEqual([3])
    expect(events).toEqual(['freed 1', 'freed 2', 'freed 6'])
  })

  test('takes f16, and refuses integers, other names and shapes, and none', async () => {
    const half = new Map([['w', tensor([0.5, 2]).cast('f16')]])
    expect([...(await (await averageWeights([half])).get('w')!.data())]).toEqual([0.5, 2])
    await expect(averageWeights([new Map([['w', tensor([1], { dtype: 'i32' })]])])).rejects.toThrow('w is i32[1]')
    await expect(averageWeights([checkpoint([1]), checkpoint([1, 2])])).rejects.toThrow('w is f32[2], expected f32[1]')
    await expect(averageWeights([checkpoint([1]), new Map([['v', tensor([1])]])])).rejects.toThrow(TensorMismatchError)
    await expect(averageWeights([])).rejects.toThrow('needs one checkpoint at least')
  })
})
