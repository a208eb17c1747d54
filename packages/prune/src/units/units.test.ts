import { MultiHeadAttention, Sequential, unitGroups } from '@tlc/nn'
import { key, mean, mul, normal, openBackend, type Tensor, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FeedForward } from '../../test/feed-forward.ts'
import { magnitude } from '../criteria/magnitude.ts'
import { maskOf, setMask } from '../mask.ts'
import { everyOther } from './every-other.ts'
import { pruneUnits } from './prune-units.ts'
import { maskUnits, prunedUnits } from './pruned-units.ts'
import { shrink } from './shrink.ts'
import { unitImportance } from './unit-importance.ts'
import { unitNorm } from './unit-norm.ts'
import { unitSum } from './unit-sum.ts'

useBackend(await openBackend('reference'))

const numbers = async (x: Tensor): Promise<number[]> => [...((await x.data()) as Float32Array)]

/** Three neurons: 3, 4 and 0 in; 0, 1, 2 out. */
const small = (): FeedForward => new FeedForward([[3], [4], [0]], [0, -2, 1], [[0, 1, 2]])
const context = { nameOf: () => 'weight' }

describe('scores of units', () => {
  it('are norms over all that makes and reads a unit', async () => {
    const [group] = unitGroups(small(), 'neuron')
    expect([...(await unitNorm(1)(group!, context))]).toEqual([3, 7, 3])
    expect([...(await unitNorm()(group!, context))]).toEqual([3, Math.sqrt(21), Math.sqrt(5)])
    expect([...(await unitNorm('largest')(group!, context))]).toEqual([3, 4, 2])
  })

  it('or sums of a criterion for single weights; what a mask prunes has no part', async () => {
    const model = small()
    setMask(model.inner.weight, Uint8Array.of(1, 0, 1))
    const [group] = unitGroups(model, 'neuron')
    expect([...(await unitSum(magnitude)(group!, context))]).toEqual([3, 3, 3])
    expect([...(await unitNorm(1)(group!, context))]).toEqual([3, 3, 3])
    await expect(unitSum(() => new Float32Array(1))(group!, context)).rejects.toThrow("1 scores for 'weight' of 3")
  })

  it('may keep every other one', () => {
    const group = { count: 5 } as Parameters<typeof everyOther>[0]
    expect([...(everyOther(group, context) as Float64Array)]).toEqual([1, 0, 1, 0, 1])
  })
})

const two = (): Sequential => new Sequential([small(), new FeedForward([[9], [8]], [0, 0], [[9, 8]])])
const pruned = (of: Awaited<ReturnType<typeof pruneUnits>>) => [...of.values()].map((each) => each.pruned)

describe('pruning units', () => {
  it('takes the lowest of all, or of each group, and leaves the best of each', async () => {
    expect(pruned(await pruneUnits(two(), { kind: 'neuron', sparsity: 0.4 }))).toEqual([[0, 2], []])
    expect(pruned(await pruneUnits(two(), { kind: 'neuron', sparsity: 0.9 }))).toEqual([[0, 2], [1]])
    expect(pruned(await pruneUnits(two(), { kind: 'neuron', keep: 1, scope: 'perGroup' }))).toEqual([[0, 2], [1]])
    expect(pruned(await pruneUnits(two(), { kind: 'neuron', keep: 4 }))).toEqual([[2], []])
  })

  it('counts what was pruned before, and does not revive it', async () => {
    const model = two()
    await pruneUnits(model, { kind: 'neuron', sparsity: 0.2 })
    const reversed = ({ count }: { readonly count: number }) => Float64Array.from({ length: count }, (_, i) => -i)
    expect(pruned(await pruneUnits(model, { kind: 'neuron', sparsity: 0.4, criterion: reversed }))).toEqual([
      [1, 2],
      [],
    ])
    expect(pruned(await pruneUnits(model, { kind: 'neuron', sparsity: 0 }))).toEqual([[1, 2], []])
  })

  it('of equal ones takes the first', async () => {
    const even = ({ count }: { readonly count: number }) => new Float64Array(count)
    expect(pruned(await pruneUnits(two(), { kind: 'neuron', keep: 3, criterion: even }))).toEqual([[0, 1], []])
  })

  it('refuses what it cannot do, and then changes nothing', async () => {
    const model = two()
    const prune = (options: object) => expect(pruneUnits(model, { kind: 'neuron', ...options })).rejects
    await prune({ sparsity: 1 }).toThrow('from 0 to less than 1, got 1')
    await prune({ keep: 6 }).toThrow('from 1 to 5, got 6')
    await prune({}).toThrow('either sparsity')
    await prune({ keep: 1, sparsity: 0.5 }).toThrow('either sparsity')
    await prune({ keep: 1, kind: 'head' }).toThrow("no units of kind 'head'")
    await prune({ keep: 1, criterion: () => new Float64Array(2).fill(Number.NaN) }).toThrow(
      "2 scores for 'layers.0' of 3",
    )
    await prune({
      keep: 1,
      criterion: ({ count }: { count: number }) => new Float64Array(count).fill(Number.NaN),
    }).toThrow("the score of 'layers.0' is NaN at unit 0")
    await prune({ keep: 1, kind: 'layer' }).toThrow('layers need a criterion')
    expect(() => maskUnits(model, 'neuron', new Map([['layers.2', [0]]]))).toThrow('there are layers.0, layers.1')
    const wrong = new Map([
      ['layers.0', [0]],
      ['layers.1', [2]],
    ])
    expect(() => maskUnits(model, 'neuron', wrong)).toThrow("'layers.1' has units 0 … 1, got 2")
    for (const group of unitGroups(model, 'neuron')) expect(prunedUnits(group)).toEqual([])
  })
})

describe('shrinking', () => {
  it('takes out what masks prune whole, and cuts the other masks to size', async () => {
    const model = small()
    setMask(model.outer.weight, Uint8Array.of(1, 1, 0))
    maskUnits(model, 'neuron', new Map([['', [0]]]))
    const x = tensor([[2]])
    const masked = await numbers(model.forward(x))
    const { removed, parametersBefore, parametersAfter } = shrink(model)
    expect(await numbers(model.forward(x))).toEqual(masked)
    expect(removed.get('neuron')).toEqual(new Map([['', [0]]]))
    expect([parametersBefore, parametersAfter]).toEqual([9, 6])
    expect(await numbers(model.inner.weight.stored)).toEqual([4, 0])
    expect(maskOf(model.inner.weight)).toBeUndefined()
    expect(maskOf(model.outer.weight)).toEqual(Uint8Array.of(1, 0))
    expect(shrink(model).parametersAfter).toBe(6)
  })

  it('leaves one unit, under its mask, where masks prune all', async () => {
    const model = small()
    for (const parameter of [model.inner.weight, model.inner.bias!, model.outer.weight])
      setMask(parameter, new Uint8Array(3))
    shrink(model)
    expect(model.outer.weight.stored.shape).toEqual([1, 1])
    expect(await numbers(model.forward(tensor([[2]])))).toEqual([0])
  })

  it('of heads computes what the masks did, whichever are pruned', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.uniqueArray(fc.nat(3), { maxLength: 3 }), async (seed, heads) => {
        const attention = new MultiHeadAttention({ size: 8, heads: 4, key: key(seed) })
        maskUnits(attention, 'head', new Map([['', heads]]))
        const x = normal(key(seed + 1), [2, 3, 8])
        const masked = await numbers(attention.forward(x))
        shrink(attention)
        expect(attention.heads).toBe(4 - heads.length)
        // Sums with fewer zeros among them; values are of the size of 1.
        for (const [index, y] of (await numbers(attention.forward(x))).entries())
          expect(Math.abs(y - masked[index]!)).toBeLessThan(1e-6)
      }),
      { numRuns: 20 },
    )
  })
})

describe('importance of heads', () => {
  const attention = () => new MultiHeadAttention({ size: 8, heads: 4, key: key(5) })
  const examples = Array.from({ length: 4 }, (_, index) => normal(key(30 + index), [1, 3, 8]))
  const weights = normal(key(99), [1, 3, 8])

  /** The loss of one example when what a head puts out is multiplied by a gate: its columns in the last projection. */
  async function lossAt(model: MultiHeadAttention, x: Tensor, head: number, gate: number): Promise<number> {
    const { weight } = model.output as unknown as FeedForward['outer']
    const before = weight.stored.add(0)
    const gates = Float32Array.from({ length: 8 }, (_, column) => (column >> 1 === head ? gate : 1))
    weight.stored.assign(before.mul(tensor(gates)))
    const [loss] = await numbers(squares(model, x))
    weight.stored.assign(before)
    return loss!
  }
  const squares = (model: MultiHeadAttention, x: Tensor): Tensor => {
    const y = mul(model.forward(x), weights)
    return mean(mul(y, y))
  }

  it('is the mean over examples of |∂loss/∂gate|, here by central differences', async () => {
    const model = attention()
    const expected: number[] = []
    for (let head = 0; head < 4; head++) {
      let sum = 0
      for (const x of examples)
        sum += Math.abs((await lossAt(model, x, head, 1.05)) - (await lossAt(model, x, head, 0.95))) / 0.1
      expected.push(sum / examples.length)
    }
    const one = await unitImportance(model, {
      batches: examples,
      loss: (x) => squares(model, x),
      examples: () => 1,
      normalize: false,
    })
    const batch = tensor(Float32Array.from((await Promise.all(examples.map(numbers))).flat()), { shape: [4, 3, 8] })
    const together = await unitImportance(model, {
      batches: [batch],
      loss: (x) => squares(model, x),
      examples: () => 4,
      normalize: false,
    })
    // The loss is a parabola in the gate, so that the difference is exact but for float32: 1e-7 of the loss, over 0.1.
    for (const [head, slope] of expected.entries()) {
      expect(Math.abs(one.get('')![head]! - slope)).toBeLessThan(1e-4 * Math.max(...expected))
      expect(Math.abs(together.get('')![head]! - slope)).toBeLessThan(1e-4 * Math.max(...expected))
    }
  })

  it('has length 1 in each group, is 0 for a pruned head, and leaves the model as it was', async () => {
    const model = attention()
    const { output } = model
    maskUnits(model, 'head', new Map([['', [2]]]))
    const importance = await unitImportance(model, {
      batches: examples,
      loss: (x) => squares(model, x),
      examples: () => 1,
    })
    const scores = importance.get('')!
    expect(Math.hypot(...scores)).toBeCloseTo(1, 12)
    expect([...scores].map((each) => each > 0)).toEqual([true, true, false, true])
    expect(model.output).toBe(output)
    const failing = unitImportance(model, { batches: examples, loss: () => tensor([1, 2]), examples: () => 1 })
    await expect(failing).rejects.toThrow('scalar')
    expect(model.output).toBe(output)
    const constant = unitImportance(model, { batches: examples, loss: () => mean(weights), examples: () => 1 })
    await expect(constant).rejects.toThrow('no unit changes the loss')
    await expect(unitImportance(small(), { batches: examples, loss: (x) => x, examples: () => 1 })).rejects.toThrow(
      'the model declares no heads',
    )
    await expect(unitImportance(model, { batches: [] as Tensor[], loss: (x) => x, examples: () => 1 })).rejects.toThrow(
      'no examples in the batches',
    )
  })
})
