import { foldIn, key, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { Dropout } from './layers/dropout.ts'
import { Linear } from './layers/linear.ts'
import { Sequential } from './layers/sequential.ts'
import { parameterTensors } from './load-parameters.ts'
import { meanSquaredError } from './losses.ts'
import { namedParameters } from './module.ts'
import { AdamW } from './optimizers/adamw.ts'
import { linearDecay } from './schedules.ts'
import { type CheckpointStore, type Evaluation, type Findings, type TrainOptions, train } from './train.ts'
import { NonFiniteLossError, trainStep } from './train-step.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

interface Points {
  readonly x: Tensor
  readonly y: Tensor
}

const steps = 12
const schedule = linearDecay({ peak: 0.1, steps })

function points(step: number, count = 4, from = 0): Points {
  const x = Array.from({ length: count }, (_, index) => [
    Math.sin(step + from + index),
    Math.cos(3 * step - from - index),
  ])
  return { x: tensor(x), y: tensor(x.map(([a, b]) => [a! - 2 * b!])) }
}

/** A run of its own: what two calls make differs in nothing. */
function setUp(more: Partial<TrainOptions<Points, Findings>> = {}, dropout = 0.3) {
  const model = new Sequential([
    new Linear({ inputSize: 2, outputSize: 5, key: key(1) }),
    new Dropout(dropout),
    new Linear({ inputSize: 5, outputSize: 1, key: key(2) }),
  ])
  const optimizer = new AdamW(namedParameters(model))
  const lossOf = ({ x, y }: Points, dropout?: ReturnType<typeof key>): Tensor =>
    meanSquaredError(model.forward(x, { key: dropout }), y)
  const options: TrainOptions<Points, Findings> = {
    model,
    optimizer,
    steps,
    schedule,
    batch: (step) => [points(step)],
    loss: lossOf,
    key: key(3),
    ...more,
  }
  const judge = async (): Promise<Findings> => {
    using _look = scope()
    return { loss: await lossOf(points(1000, 8)).item() }
  }
  const weights = async (): Promise<number[]> => {
    const values = await Promise.all([...parameterTensors(model).values()].map((each) => each.data()))
    return values.flatMap((each) => [...each])
  }
  return { options, judge, weights }
}

/** Checkpoints in memory, as a folder would hold them. */
function memoryStore(): CheckpointStore & { written: number } {
  let last: ReadonlyMap<string, Uint8Array> | undefined
  return {
    written: 0,
    read: async () => last,
    async write(files) {
      this.written++
      last = new Map([...files].map(([name, bytes]) => [name, bytes.slice()]))
    },
  }
}

describe('training', () => {
  test('is a step for each batch, to the bit', async () => {
    const [whole, byHand] = [setUp(), setUp()]
    const result = await train(whole.options)
    for (let step = 0; step < steps; step++) {
      using _step = scope()
      trainStep({
        optimizer: byHand.options.optimizer,
        microBatches: [points(step)],
        loss: (batch, index) => byHand.options.loss(batch, foldIn(foldIn(key(3), step), index)),
        learningRate: schedule(step),
      })
    }
    expect(await whole.weights()).toEqual(await byHand.weights())
    expect(result).toEqual({ steps, evaluations: [] })
  })

  test('of micro-batches of unequal sizes is that of the whole batch', async () => {
    const whole = setUp({}, 0)
    await train(whole.options)
    const batch = (step: number): Points[] => [points(step, 1), points(step, 3, 1)]
    const parts = setUp({ batch, weigh: ({ x }) => x.shape[0]! }, 0)
    await train(parts.options)
    const expected = await whole.weights()
    // Sums in another order, through 12 steps of Adam, whose first steps are as large for a small gradient as for a large one.
    ;(await parts.weights()).forEach((weight, index) => expect(weight).toBeCloseTo(expected[index]!, 4))
  })

  test('interrupted at any step and resumed, ends with the same bits, evaluations and losses', async () => {
    const run = async (stops: readonly number[]) => {
      const checkpoints = memoryStore()
      const losses: number[] = []
      for (const stop of [...stops, Infinity]) {
        const controller = new AbortController()
        const { options, judge, weights } = setUp()
        const ended = await train({
          ...options,
          checkpoints,
          saveEverySeconds: 0,
          signal: controller.signal,
          evaluation: { due: (step) => step % 5 === 0 || step === steps, evaluate: judge },
          onStart: (step) => void losses.splice(step),
          onStep({ step, loss }) {
            losses.push(loss)
            if (step >= stop) controller.abort(new Error('stopped'))
          },
        }).catch((error: Error) => error.message)
        if (ended !== 'stopped') return { ended, losses, weights: await weights() }
      }
      throw new Error('the run never ended')
    }
    const straight = await run([])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: steps - 1 }), { maxLength: 3 }), async (stops) => {
        expect(await run(stops)).toEqual(straight)
      }),
      { numRuns: 15 },
    )
    expect(straight.losses.length).toBe(steps)
  })

  test('stops when patience ends, with the best weights if they were to be kept', async () => {
    const found = [5, 3, 4, 3, 1]
    const seen: { readonly made: Evaluation<Findings>; readonly weights: number[] }[] = []
    const { options, weights } = setUp()
    const checkpoints = memoryStore()
    const evaluation = {
      due: (step: number) => step % 2 === 0,
      evaluate: async () => ({ loss: found[seen.length]! }),
      onEvaluation: async (made: Evaluation<Findings>) => void seen.push({ made, weights: await weights() }),
      patience: 2,
      keepBest: true,
    }
    const result = await train({ ...options, checkpoints, evaluation })
    expect(result.steps).toBe(6)
    expect(result.evaluations.map((each) => each.found.loss)).toEqual([5, 3, 4, 3])
    expect(result.evaluations.map((each) => each.trainingLoss === null)).toEqual([true, false, false, false])
    expect(await weights()).toEqual(seen[1]!.weights)
    expect(await weights()).not.toEqual(seen[3]!.weights)
    // Called again it has nothing to do, and ends with the same.
    const again = setUp()
    expect(await train({ ...again.options, checkpoints, evaluation })).toEqual(result)
    expect(await again.weights()).toEqual(await weights())
  })

  test('a loss that is no number ends it, and the checkpoint before stays', async () => {
    const checkpoints = memoryStore()
    const { options } = setUp()
    const broken = train({
      ...options,
      checkpoints,
      saveEverySeconds: 0,
      batch: (step) => [step === 7 ? { x: tensor([[Number.NaN, 1]]), y: tensor([[1]]) } : points(step)],
    })
    await expect(broken).rejects.toThrow(NonFiniteLossError)
    expect(checkpoints.written).toBe(7)
    const resumed: number[] = []
    await train({ ...setUp().options, checkpoints, onStart: (step) => void resumed.push(step) })
    expect(resumed).toEqual([7])
  })

  test('keeps no memory but the weights and the optimizer', async () => {
    const { options, judge } = setUp()
    await train({ ...options, steps: 1 })
    const { backend } = options.optimizer.weights[0]!
    const { tensors, bytes } = backend.memory()
    await train({ ...options, evaluation: { due: () => true, evaluate: judge, keepBest: true } })
    expect(backend.memory()).toMatchObject({ tensors, bytes })
  })
})
