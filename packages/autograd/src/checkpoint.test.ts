import {
  type Backend,
  dropout,
  gelu,
  key,
  layerNorm,
  normal,
  ones,
  openBackend,
  scope,
  type Tensor,
  tensor,
  useBackend,
  zeros,
} from '@tlc/tensor'
import { beforeEach, describe, expect, it } from 'vitest'
import { checkpoint, grad, valueAndGrad } from './index.ts'

let backend: Backend
beforeEach(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

/** A chain of residual blocks; parameters are reached by closure. */
function chain(layers: number, size: number) {
  const weights = Array.from({ length: layers }, (_, layer) => normal(key(layer), [size, size]))
  const [gamma, beta] = [ones([size]), zeros([size])]
  const block = (x: Tensor, layer: number): Tensor => {
    const hidden = gelu(
      layerNorm(x, gamma, beta)
        .matmul(weights[layer]!)
        .mul(size ** -0.5),
    )
    return x.add(dropout(hidden, { key: [layer, 0], rate: 0.25 }))
  }
  const run = (x: Tensor, remember: boolean): Tensor =>
    weights
      .reduce((h, _, layer) => (remember ? block(h, layer) : checkpoint(([y]) => block(y, layer), [h])), x)
      .square()
      .sum()
  return { parameters: [...weights, gamma, beta], run }
}

describe('checkpoint', () => {
  it('gives the same value and gradients to the bit, also of what is reached by closure', async () => {
    const { parameters, run } = chain(4, 8)
    const x = normal(key(99), [5, 8])
    const plain = valueAndGrad(() => run(x, true), [x, ...parameters])
    const again = valueAndGrad(() => run(x, false), [x, ...parameters])
    expect(await again.value.data()).toEqual(await plain.value.data())
    for (const [place, gradient] of plain.gradients.entries()) {
      expect(await again.gradients[place]!.data()).toEqual(await gradient.data())
    }
  })

  it('needs less memory at its peak, and gives all of it back', () => {
    const { parameters, run } = chain(8, 16)
    const x = normal(key(99), [64, 16])
    const peak = (remember: boolean): number => {
      using _all = scope()
      const before = backend.memory().bytes
      backend.ledger.resetPeak()
      valueAndGrad(() => run(x, remember), parameters)
      return backend.memory().peakBytes - before
    }
    const before = backend.memory()
    expect(peak(false)).toBeLessThan(peak(true) / 2)
    expect(backend.memory().tensors).toBe(before.tensors)
  })

  it('passes on several outputs, and inputs that need no gradient', async () => {
    const mask = tensor([1, 0, 1])
    const [dx] = grad(
      ([x]) => {
        const [a, b] = checkpoint(([y, m]) => [y.mul(m), y.exp()], [x, mask])
        return a!.mul(b!).sum()
      },
      [tensor([0, 1, 2])],
    )
    expect((await dx.data())[0]).toBeCloseTo(1, 5)
    expect((await dx.data())[1]).toBe(0)
    expect((await dx.data())[2]).toBeCloseTo(Math.exp(2) * 3, 3)
  })

  it('can be differentiated twice', async () => {
    const cube = (x: Tensor): Tensor => checkpoint(([y]) => y.mul(y).mul(y), [x])
    const [second] = grad(([x]) => grad(([y]) => cube(y).sum(), [x])[0].sum(), [tensor([1, 2, 3])])
    expect(await second.data()).toEqual(Float32Array.of(6, 12, 18))
  })

  it('runs the function plainly where nothing is differentiated', async () => {
    expect(await checkpoint(([x]) => x.mul(2), [tensor([1, 2])]).data()).toEqual(Float32Array.of(2, 4))
  })

  it('says which tensor was freed before it could run again', () => {
    const weights = tensor([1, 2])
    const run = () =>
      grad(
        ([x]) => {
          const doubled = x.mul(2)
          return checkpoint(([y]) => y.mul(doubled), [x.exp()]).sum()
        },
        [weights],
      )
    const before = backend.memory().tensors
    expect(run).toThrow(/checkpoint: .* uses Tensor f32\[2\] \(freed\) by closure.*pass it in inputs/)
    expect(backend.memory().tensors).toBe(before)
  })
})
