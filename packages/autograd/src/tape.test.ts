import {
  apply,
  type Backend,
  type Composite,
  key,
  linear,
  normal,
  openBackend,
  scope,
  type Tensor,
  useBackend,
} from '@tlc/tensor'
import { beforeEach, describe, expect, it } from 'vitest'
import { checkpoint, grad, valueAndGrad } from './index.ts'
import { linear as linearIn, perInput, setRule } from './rule.ts'

let backend: Backend
beforeEach(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

/** The most bytes alive at once while a function runs, beyond those before. */
function peakBytes(run: () => void): number {
  const before = backend.memory().bytes
  backend.ledger.resetPeak()
  using _all = scope()
  run()
  return backend.memory().peakBytes - before
}

/** 50 times the same, freeing what it has done with. */
function chain(x: Tensor, link: (y: Tensor) => Tensor): Tensor {
  let y = link(x)
  for (let done = 1; done < 50; done++) {
    const next = link(y)
    y.dispose()
    y = next
  }
  return y
}

describe('the tape', () => {
  it('keeps nothing of linear operations', () => {
    const x = normal(key(1), [1000])
    const run = (): Tensor => chain(x, (y) => y.add(x)).sum()
    // Two of the chain at a time; on the way back a cotangent, its successor and the sum of those of x.
    expect(peakBytes(() => grad(run, [x]))).toBeLessThan(8 * x.size * 4)
  })

  it('keeps the mask, not the masked, when the mask is a constant', () => {
    const x = normal(key(1), [1000])
    const mask = normal(key(2), [1000])
    expect(peakBytes(() => grad(() => chain(x, (y) => y.mul(mask)).sum(), [x]))).toBeLessThan(6 * x.size * 4)
  })

  it('frees activations as it goes back', () => {
    const x = normal(key(1), [1000])
    const chain = (): Tensor =>
      Array.from({ length: 50 })
        .reduce<Tensor>((y) => y.tanh(), x)
        .sum()
    // 50 outputs are needed; cotangents do not add up on top of them.
    expect(peakBytes(() => grad(chain, [x]))).toBeLessThan(57 * x.size * 4)
  })

  it('survives tensors freed by the function itself', async () => {
    const x = normal(key(1), [3])
    const [own] = grad(() => {
      const y = x.exp()
      const z = y.mul(y)
      y.dispose()
      return z.sum()
    }, [x])
    const expected = (await x.data()).map((each) => 2 * Math.exp(2 * each))
    for (const [i, value] of (await own.data()).entries()) expect(value).toBeCloseTo(expected[i]!, 4)
  })

  it('still has the old values when a parameter is assigned to afterwards', async () => {
    const x = normal(key(1), [3])
    const before = await x.data()
    const [gradient] = grad(() => {
      const loss = x.mul(x).sum()
      x.assign(x.mul(0))
      return loss
    }, [x])
    expect(await gradient.data()).toEqual(before.map((each) => 2 * each))
  })

  it('names operation and input where there is no derivative', () => {
    const composite: Composite<Readonly<Record<never, never>>> = {
      name: 'half',
      outputs: () => [],
      formula: ([x, y]) => [x!.mul(y!)],
    }
    setRule(
      composite,
      perInput(
        linearIn((g) => g),
        undefined,
      ),
    )
    const before = backend.memory().tensors
    const run = (): unknown =>
      grad(([x]) => apply(composite, [normal(key(1), [2]), x], {})[0]!.sum(), [normal(key(2), [2])])
    expect(run).toThrow(/half: there is no derivative for input 1, Tensor f32\[2\].*stopGradient.*defineOp/)
    expect(backend.memory().tensors).toBe(before + 1)
  })

  it('leaves memory flat over a thousand steps, of every kind of step', () => {
    const weights = [normal(key(1), [4, 3]), normal(key(2), [4]), normal(key(3), [4, 4])]
    const x = normal(key(4), [2, 3])
    const hidden = (y: Tensor): Tensor => linear(y, weights[0]!, weights[1]!).tanh()
    const step = (index: number): void => {
      using _step = scope()
      const { gradients } = valueAndGrad(() => {
        const y = index % 2 ? hidden(x) : checkpoint(([given]) => hidden(given), [x])
        return y.matmul(weights[2]!).softmax().square().sum()
      }, weights)
      for (const [place, weight] of weights.entries()) weight.assign(weight.sub(gradients[place]!.mul(0.1)))
      if (index % 10 === 0)
        grad(
          ([w]) =>
            grad(([v]) => v.matmul(v).tanh().sum(), [w])[0]
              .square()
              .sum(),
          [weights[2]!],
        )
    }
    step(0)
    const { tensors, bytes } = backend.memory()
    for (let index = 0; index < 1000; index++) step(index)
    expect(backend.memory().tensors).toBe(tensors)
    expect(backend.memory().bytes).toBe(bytes)
  })
})
