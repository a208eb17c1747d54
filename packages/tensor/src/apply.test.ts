import { beforeEach, describe, expect, it } from 'vitest'
import {
  apply,
  type Backend,
  type Call,
  type Composite,
  composites,
  LifetimeError,
  type Listener,
  listen,
  measurePeak,
  openBackend,
  range,
  type Tensor,
  tensor,
  unheard,
  useBackend,
} from './index.ts'

let backend: Backend
beforeEach(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

/** Writes down the names of what it hears. */
class Listening implements Listener {
  readonly heardOf: string[] = []
  readonly #takesAll: boolean

  constructor(takesAll: boolean) {
    this.#takesAll = takesAll
  }

  takes(_: Composite<unknown>): boolean {
    return this.#takesAll
  }

  heard({ op }: Call): void {
    this.heardOf.push(op)
  }
}

describe('the door', () => {
  it('refuses tensors of two backends, and says how to bring them together', async () => {
    const other = await openBackend('reference')
    expect(() => range(2).add(range(2, { backend: other }))).toThrow(
      /add: input 0 lives on 'reference', input 1 on 'reference' \(another backend\); make both on one, or copy/,
    )
  })

  it('leaves nothing behind when an operation is refused', () => {
    const [a, b] = [range(2), range(3)]
    const before = backend.memory().tensors
    expect(() => a.add(b)).toThrow()
    expect(() => a.matmul(b)).toThrow()
    expect(() => apply(composites.linear, [a, b], {})).toThrow()
    expect(backend.memory().tensors).toBe(before)
  })

  it('tells listeners of primitives, and of composites as one or by their formulas, as each wants', () => {
    const whole = new Listening(true)
    const parts = new Listening(false)
    {
      using _whole = listen(whole)
      using _parts = listen(parts)
      range(3).softmax()
    }
    range(3).softmax()
    expect(whole.heardOf).toEqual(['softmax'])
    expect(parts.heardOf).toEqual(['maxOver', 'sub', 'exp', 'sum', 'div'])
  })

  it('tells nobody of what is done unheard', () => {
    const listener = new Listening(true)
    using _ = listen(listener)
    unheard(() => range(3).neg())
    expect(() =>
      unheard(() => {
        throw new Error('stop')
      }),
    ).toThrow('stop')
    range(3).exp()
    expect(listener.heardOf).toEqual(['exp'])
  })

  it('frees what a formula makes on the way', () => {
    const x = range(3)
    const before = backend.memory().tensors
    x.softmax()
    expect(backend.memory().tensors).toBe(before + 1)
  })

  it('writes into given tensors, whose handles see it, after a listener agreed', async () => {
    const [scale, parameter, gradient] = [tensor(1), tensor([1, 2]), tensor([1, -1])]
    const moments = [tensor([0, 0]), tensor([0, 0])] as [Tensor, Tensor]
    const inputs = [scale, parameter, gradient, ...moments]
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 0, weightDecay: [0], step: 1 }
    {
      using _ = listen({
        takes: () => false,
        heard: () => undefined,
        overwrites: (op) => {
          throw new Error(`not ${op}`)
        },
      })
      expect(() => apply(composites.adamwStep, inputs, options, [parameter, ...moments])).toThrow('not adamwStep')
      expect(await parameter.data()).toEqual(Float32Array.of(1, 2))
    }
    const before = backend.memory().tensors
    expect(apply(composites.adamwStep, inputs, options, [parameter, ...moments])[0]).toBe(parameter)
    // The first step of Adam moves by the learning rate against the sign of the gradient.
    const [first, second] = await parameter.data()
    expect(first).toBeCloseTo(0.9, 5)
    expect(second).toBeCloseTo(2.1, 5)
    expect(backend.memory().tensors).toBe(before)
  })

  it('refuses targets of another shape or type', async () => {
    const x = range(2)
    const state = [tensor(1), x, x, x, x]
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 0, weightDecay: [0], step: 1 }
    const wrong = [range(3), range(2), range(2)]
    expect(() => apply(composites.adamwStep, state, options, wrong)).toThrow(
      /adamwStep: output 0 is \[2\], .*into \[3\]/,
    )
    expect(() => apply(composites.adamwStep, state, options, [range(2)])).toThrow(/output 1 is \[2\], .*into nothing/)
  })
})

describe('backends', () => {
  it('refuse what is made after they were closed', async () => {
    const x = range(2)
    await backend.close()
    expect(() => x.add(1)).toThrow(LifetimeError)
    expect(() => range(2)).toThrow(/no backend is in use; write useBackend/)
  })

  it('are opened by name, and an unknown name is told the known ones', async () => {
    await expect(openBackend('cuda' as 'wasm')).rejects.toThrow(/there is no backend 'cuda'; use 'reference', 'wasm'/)
  })

  it('measure kernels while a profile is open', async () => {
    const a = range(6).reshape([2, 3])
    {
      using profile = backend.profile()
      expect(() => backend.profile()).toThrow(/open on 'reference' already/)
      a.matmul(a, { transposeB: true })
      a.neg()
      a.neg()
      const rows = await profile.report()
      expect(rows.find(({ op }) => op === 'matmul')).toMatchObject({
        calls: 1,
        flops: 2 * 2 * 2 * 3,
        bytes: (6 + 6 + 4) * 4,
      })
      expect(rows.find(({ op }) => op === 'neg')).toMatchObject({ calls: 2, flops: 12 })
      expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
      const [slowest] = await profile.report({
        gigaflopsPerSecond: 2 * rows[0]!.gigaflopsPerSecond,
        gigabytesPerSecond: 1e9,
      })
      expect(slowest!.shareOfPeak).toBeCloseTo(0.5, 6)
      expect(rows[0]!.shareOfPeak).toBeUndefined()
    }
    expect(backend.profiler).toBeUndefined()
  })

  it('are measured at their best, and nothing is left of it', async () => {
    const before = backend.memory().tensors
    const other = await openBackend('wasm', { threads: 1 })
    const peak = await measurePeak(other)
    expect(peak.gigaflopsPerSecond).toBeGreaterThan(0)
    expect(peak.gigabytesPerSecond).toBeGreaterThan(0)
    expect(other.memory().tensors).toBe(0)
    expect(backend.memory().tensors).toBe(before)
    await other.close()
  })

  it('know the most that was alive at once', () => {
    const x = range(1000)
    backend.ledger.resetPeak()
    x.neg().dispose()
    x.neg().dispose()
    expect(backend.memory()).toEqual({ tensors: 1, bytes: 4000, peakBytes: 8000 })
  })
})
