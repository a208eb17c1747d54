import { key, matmul, mul, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { encodeCheckpoint, restoreCheckpoint } from './checkpoint.ts'
import { Linear } from './layers/linear.ts'
import { LossScale } from './loss-scale.ts'
import { meanSquaredError } from './losses.ts'
import { namedParameters } from './module.ts'
import { AdamW } from './optimizers/adamw.ts'
import type { Optimizer } from './optimizers/optimizer.ts'
import { SGD } from './optimizers/sgd.ts'
import { Parameter } from './parameter.ts'
import { withPrecision } from './precision.ts'
import { trainStep } from './train-step.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

/** y = 2 x₀ - x₁, to be found by a linear layer. */
const inputs = [
  [1, 0],
  [0, 1],
  [1, 1],
  [-1, 2],
]
const targets = inputs.map(([a, b]) => [2 * a! - b!])

/** The loss of a layer in mixed precision, made small or large by a factor. */
function lossOf(layer: Linear, factor = 1): () => Tensor {
  return () => mul(meanSquaredError(layer.forward(tensor(inputs, { dtype: 'f16' })), tensor(targets)), factor)
}

function makeLayer(): Linear {
  return new Linear({ inputSize: 2, outputSize: 1, key: key(1) })
}

interface Run {
  readonly layer: Linear
  readonly optimizer: Optimizer
  readonly lossScale: LossScale
  readonly factor?: number
  readonly learningRate: number
}

/** Trains, and gives the losses (without the factor) and the norms of the gradients. */
async function train(steps: number, { layer, optimizer, lossScale, factor = 1, learningRate }: Run) {
  const losses: number[] = []
  const norms: number[] = []
  for (let step = 0; step < steps; step++) {
    using _step = scope()
    const loss = lossOf(layer, factor)
    const result = trainStep({ optimizer, loss, microBatches: [0], learningRate, lossScale })
    losses.push((await result.loss.item()) / factor)
    norms.push(await result.gradientNorm.item())
  }
  return { losses, norms }
}

describe('a loss scale', () => {
  // f16 has nothing below 2⁻²⁴ = 6e-8; the largest derivative of these losses by an output is about 2⁻²⁸.
  const tiny = 2 ** -28
  const underflowing = async (initial: number) => {
    const layer = makeLayer()
    const optimizer = new SGD(namedParameters(layer))
    // What the factor takes from the gradients the learning rate gives back.
    return train(60, {
      layer,
      optimizer,
      lossScale: new LossScale({ initial }),
      factor: tiny,
      learningRate: 0.2 / tiny,
    })
  }

  test('saves gradients that are 0 in f16: with it a model learns, without it does not', async () => {
    const without = await underflowing(1)
    expect(without.norms.every((norm) => norm === 0)).toBe(true)
    expect(without.losses.at(-1)).toBe(without.losses[0])
    const { losses, norms } = await underflowing(2 ** 16)
    expect(norms[0]).toBeGreaterThan(0)
    expect(losses[0]).toBe(without.losses[0])
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 1000)
  })

  for (const [name, make, learningRate] of [
    [
      'SGD with momentum',
      (layer: Linear) => new SGD(namedParameters(layer), { momentum: 0.9, weightDecay: 0.1 }),
      0.01,
    ],
    ['AdamW', (layer: Linear) => new AdamW(namedParameters(layer)), 0.05],
  ] as const) {
    test(`after an overflow nothing changes but the scale, which is halved until training goes on: ${name}`, async () => {
      const layer = makeLayer()
      const optimizer = make(layer)
      const lossScale = new LossScale({ initial: 2 ** 24 })
      const read = async () => {
        const all = [layer.weight.stored, layer.bias!.stored, ...optimizer.state().tensors.values()]
        return Promise.all(all.map((x) => x.data()))
      }
      const before = await read()
      const first = await train(1, { layer, optimizer, lossScale, learningRate })
      expect(Number.isFinite(first.norms[0]!)).toBe(false)
      expect(await read()).toEqual(before)
      expect(await lossScale.state()).toEqual({ scale: 2 ** 23, goodSteps: 0 })
      const { losses, norms } = await train(150, { layer, optimizer, lossScale, learningRate })
      expect(losses[0]).toBe(first.losses[0])
      const skipped = norms.findIndex(Number.isFinite)
      expect(skipped).toBeGreaterThan(3)
      expect(norms.slice(skipped).every(Number.isFinite)).toBe(true)
      expect(await lossScale.state()).toEqual({ scale: 2 ** (23 - skipped), goodSteps: 150 - skipped })
      expect(losses.at(-1)).toBeLessThan(losses[0]! / 10)
    })
  }

  test('doubles after so many steps without an overflow, and stays a power of two from 1 to 2²⁴', async () => {
    const lossScale = new LossScale({ initial: 2 ** 23, growthInterval: 3 })
    const after = async (...finite: boolean[]) => {
      for (const each of finite) lossScale.update(tensor(Number(each), { dtype: 'bool' }))
      return (await lossScale.state()).scale
    }
    expect(await after(true, true)).toBe(2 ** 23)
    expect(await after(false)).toBe(2 ** 22)
    expect(await after(true, true, true)).toBe(2 ** 23)
    expect(await after(...Array.from({ length: 9 }, () => true))).toBe(2 ** 24)
    expect(await after(...Array.from({ length: 30 }, () => false))).toBe(1)
    expect(() => new LossScale({ initial: 1000 })).toThrow('a power of two from 1 to 16777216, got 1000')
    expect(() => new LossScale({ growthInterval: 0 })).toThrow('growthInterval must be a whole number > 0, got 0')
  })

  test('gives the gradients of the f32 loss, to the rounding of f16, clipped to maxNorm', async () => {
    const [half, full] = [makeLayer(), makeLayer()]
    const options = { microBatches: [0, 1], learningRate: 1, maxNorm: 0.5 }
    const inHalf = trainStep({
      ...options,
      optimizer: new SGD(namedParameters(half)),
      loss: lossOf(half),
      lossScale: new LossScale({ initial: 2 ** 8 }),
    })
    const inFull = trainStep({
      ...options,
      optimizer: new SGD(namedParameters(full)),
      loss: () => meanSquaredError(full.forward(tensor(inputs)), tensor(targets)),
    })
    const expectNear = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
      // A handful of roundings of 2⁻¹¹ each.
      for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(8 * 2 ** -11)
    }
    expectNear(await half.weight.stored.data(), await full.weight.stored.data())
    expectNear([await inHalf.loss.item()], [await inFull.loss.item()])
    expectNear([await inHalf.gradientNorm.item()], [await inFull.gradientNorm.item()])
  })

  test('is saved with a checkpoint, from which training goes on to the same bits', async () => {
    const make = () => {
      const layer = makeLayer()
      const optimizer = new AdamW(namedParameters(layer))
      return { layer, optimizer, lossScale: new LossScale({ initial: 2 ** 20, growthInterval: 5 }), learningRate: 0.05 }
    }
    const straight = make()
    await train(12, straight)
    const files = await encodeCheckpoint({ model: straight.layer, ...straight }, 'here')
    const again = make()
    expect(restoreCheckpoint({ model: again.layer, ...again }, files)).toBe('here')
    expect(await again.lossScale.state()).toEqual(await straight.lossScale.state())
    expect(await train(12, again)).toEqual(await train(12, straight))
    expect(await again.layer.weight.stored.data()).toEqual(await straight.layer.weight.stored.data())

    const without = await encodeCheckpoint({ model: straight.layer, optimizer: straight.optimizer }, null)
    expect(() => restoreCheckpoint({ model: again.layer, ...again }, without)).toThrow('saved without a loss scale')
    expect(() => again.lossScale.load({ scale: 3, goodSteps: 0 })).toThrow('a power of two')
    expect(() => again.lossScale.load({ scale: 4, goodSteps: -1 })).toThrow('goodSteps')
  })

  test('keeps no memory', async () => {
    const layer = makeLayer()
    const optimizer = new AdamW(namedParameters(layer))
    const run = { layer, optimizer, lossScale: new LossScale({ growthInterval: 2 }), learningRate: 0.01 }
    await train(2, run)
    const { tensors, bytes } = layer.weight.stored.backend.memory()
    await train(20, run)
    expect(layer.weight.stored.backend.memory()).toMatchObject({ tensors, bytes })
  })
})

describe('a precision', () => {
  test('is that of weights within a function, after their transforms, and ends with it', () => {
    const weight = new Parameter(tensor([[1, 2]]))
    const seen: string[] = []
    weight.transforms.push((w) => {
      seen.push(w.dtype)
      return w.mul(1)
    })
    expect(withPrecision('f16', () => weight.value.dtype)).toBe('f16')
    expect(weight.value.dtype).toBe('f32')
    expect(seen).toEqual(['f32', 'f32'])
    const stop = () => {
      throw new Error('stop')
    }
    expect(() => withPrecision('f16', stop)).toThrow('stop')
    expect(weight.value.dtype).toBe('f32')
  })

  test('of f16 is refused by a backend that only stores it', async () => {
    const backend = await openBackend('wasm', { threads: 1 })
    const w = new Parameter(tensor([[1, 2]], { backend }))
    expect(() => withPrecision('f16', () => matmul(w.value, w.value, { transposeB: true }))).toThrow(
      "matmul: left operand is f16, expected f32; write .cast('f32') ('wasm' only stores f16",
    )
    await backend.close()
  })
})
