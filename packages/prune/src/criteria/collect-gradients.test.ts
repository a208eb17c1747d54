import { Linear, meanSquaredError } from '@tlc/nn'
import { key, normal, openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import { describe, expect, it, onTestFinished } from 'vitest'
import { maskOf, setMask } from '../mask.ts'
import { pruneToSparsity } from '../prune-to-sparsity.ts'
import { collectGradients } from './collect-gradients.ts'
import { taylor } from './taylor.ts'

const backend = await openBackend('reference')
useBackend(backend)

const layer = (): Linear => new Linear({ inputSize: 3, outputSize: 2, key: key(1) })
const makeBatches = () => [1, 2, 3].map((seed) => ({ x: normal(key(seed), [5, 3]), y: normal(key(10 + seed), [5, 2]) }))
const batches = makeBatches()
type Batch = (typeof batches)[number]

describe('gradients over batches', () => {
  it('are those of mean squared error, summed and squared', async () => {
    const dense = layer()
    const parameters = new Map([['dense.weight', dense.weight]])
    const loss = ({ x, y }: Batch) => meanSquaredError(dense.forward(x), y)
    const { count, sum, squares } = (await collectGradients(parameters, loss, batches)).get('dense.weight')!
    expect(count).toBe(3)
    const expected = { sum: new Array(6).fill(0), squares: new Array(6).fill(0) }
    const [weight, bias] = [await dense.weight.stored.data(), await dense.bias!.stored.data()]
    for (const batch of batches) {
      const [x, y] = [await batch.x.data(), await batch.y.data()]
      const gradient = new Array(6).fill(0)
      for (let row = 0; row < 5; row++) {
        for (let output = 0; output < 2; output++) {
          let error = bias[output]! - y[row * 2 + output]!
          for (let input = 0; input < 3; input++) error += weight[output * 3 + input]! * x[row * 3 + input]!
          for (let input = 0; input < 3; input++) gradient[output * 3 + input] += (2 / 10) * error * x[row * 3 + input]!
        }
      }
      gradient.forEach((g, index) => {
        expected.sum[index] += g
        expected.squares[index] += g * g
      })
    }
    // f32 sums of 5 products below 10
    for (let index = 0; index < 6; index++) {
      expect(Math.abs(sum[index]! - expected.sum[index])).toBeLessThan(1e-5)
      expect(Math.abs(squares[index]! - expected.squares[index])).toBeLessThan(1e-5)
    }
  })

  it('tell by Taylor which weight the loss needs least, unlike its magnitude', async () => {
    const dense = new Linear({ weight: layer().weight })
    dense.weight.stored.assign(
      tensor([
        [5, 1, 1],
        [5, 1, 1],
      ]),
    )
    // The first input is always 0.
    const data = batches.map(({ x, y }) => ({ x: x.mul(tensor([0, 1, 1])), y }))
    const parameters = new Map([['dense.weight', dense.weight]])
    const gradients = await collectGradients(
      parameters,
      ({ x, y }: Batch) => meanSquaredError(dense.forward(x), y),
      data,
    )
    await pruneToSparsity(parameters, 1 / 3, { criterion: taylor, gradients })
    expect(maskOf(dense.weight)).toEqual(Uint8Array.of(0, 1, 1, 0, 1, 1))
  })

  it('are 0 under a mask, read from streams, and leave no tensor behind', async () => {
    // Of its own, and in a scope: elsewhere garbage is collected at any moment.
    const fresh = await openBackend('reference')
    using _held = scope()
    useBackend(fresh)
    onTestFinished(() => useBackend(backend))
    const dense = layer()
    const data = makeBatches()
    setMask(dense.weight, Uint8Array.of(1, 0, 1, 1, 0, 1))
    async function* stream(): AsyncGenerator<Batch> {
      yield* data
    }
    const before = fresh.memory().tensors
    const { squares } = (
      await collectGradients(
        new Map([
          ['w', dense.weight],
          ['tied', dense.weight],
        ]),
        ({ x, y }: Batch) => meanSquaredError(dense.forward(x), y),
        stream(),
      )
    ).get('w')!
    expect([squares[1], squares[4]]).toEqual([0, 0])
    expect(squares.filter((g) => g > 0)).toHaveLength(4)
    expect(fresh.memory().tensors).toBe(before)
  })

  it('need a batch', async () => {
    const dense = layer()
    await expect(collectGradients(new Map([['w', dense.weight]]), () => tensor(0), [])).rejects.toThrow(
      'needs one batch at least',
    )
  })
})
