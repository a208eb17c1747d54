import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  appendRows,
  attention,
  crossEntropy,
  dropout,
  embedding,
  globalNorm,
  key,
  layerNorm,
  linear,
  logSoftmax,
  matmul,
  normal,
  ones,
  openBackend,
  range,
  softmax,
  type Tensor,
  tensor,
  topK,
  useBackend,
  zeros,
} from '../index.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

/** Rows of whole numbers, from which max and shift subtract exactly. */
const rows = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 }))
  .chain(([count, length]) =>
    fc
      .array(fc.integer({ min: -50, max: 50 }), { minLength: count * length, maxLength: count * length })
      .map((values) => tensor(values).reshape([count, length])),
  )

async function near(actual: Tensor, expected: readonly number[], digits = 5): Promise<void> {
  const data = await actual.data()
  expect(data.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, digits)
}

describe('softmax', () => {
  it('does not change when its input is shifted', () =>
    fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: -1000, max: 1000 }), async (x, shift) => {
        expect(await softmax(x.add(shift)).data()).toEqual(await softmax(x).data())
        expect(await logSoftmax(x.add(shift)).data()).toEqual(await logSoftmax(x).data())
      }),
    ))

  it('adds up to 1 in each row, and its logarithm is logSoftmax', () =>
    fc.assert(
      fc.asyncProperty(rows, async (x) => {
        await near(softmax(x).sum({ axis: -1 }), new Array<number>(x.shape[0]!).fill(1))
        const [own, logarithm] = await Promise.all([softmax(x).data(), logSoftmax(x).exp().data()])
        for (const [i, p] of own.entries()) expect(logarithm[i]).toBeCloseTo(p, 5)
      }),
    ))

  it('works over any axis', async () => {
    const x = normal(key(1), [3, 4, 5])
    for (const axis of [0, 1, -1]) await near(softmax(x, { axis }).sum(), [60 / x.shape.at(axis)!], 4)
    expect(await softmax(x, { axis: 1 }).data()).toEqual(await softmax(x.transpose(1, 2)).transpose(1, 2).data())
  })
})

describe('gelu', () => {
  it('is x on the far right, 0 on the far left, and gelu(x) - gelu(-x) = x', async () => {
    await near(tensor([0, 40, -40]).gelu(), [0, 40, 0])
    const x = normal(key(1), [50])
    await near(x.gelu().sub(x.neg().gelu()), [...(await x.data())])
  })
})

describe('layerNorm', () => {
  it('gives rows of mean 0 and variance 1, however the input is scaled and shifted', async () => {
    const x = normal(key(1), [4, 64])
    const [weight, bias] = [ones([64]), zeros([64])]
    const y = layerNorm(x, weight, bias, { epsilon: 1e-12 })
    await near(y.mean({ axis: 1 }), [0, 0, 0, 0])
    await near(y.variance({ axis: 1 }), [1, 1, 1, 1])
    await near(layerNorm(x.mul(8).add(4), weight, bias, { epsilon: 1e-12 }), [...(await y.data())], 4)
  })

  it('refuses weights of another size', () => {
    expect(() => layerNorm(zeros([2, 3]), ones([2]), zeros([3]))).toThrow(
      /layerNorm: x \[2, 3\], weight \[2\], bias \[3\]/,
    )
  })
})

describe('linear', () => {
  it('is a product and a sum', async () => {
    const [x, weight, bias] = [normal(key(1), [2, 3, 4]), normal(key(2), [5, 4]), normal(key(3), [5])]
    const expected = await matmul(x, weight, { transposeB: true }).add(bias).data()
    expect(await linear(x, weight, bias).data()).toEqual(expected)
    expect(() => linear(x, weight.transpose(), bias)).toThrow(
      /linear: x \[2, 3, 4\], weight \[4, 5\], bias \[5\]; expected/,
    )
  })
})

describe('attention', () => {
  it('averages the values where all scores are equal, and leaves out hidden keys', async () => {
    const [q, k] = [zeros([1, 1, 2, 3]), normal(key(1), [1, 1, 4, 3])]
    const v = range(8).reshape([1, 1, 4, 2])
    await near(attention(q, k, v), [3, 4, 3, 4])
    await near(attention(q, k, v, { bias: tensor([0, 0, -1e4, -1e4]) }), [1, 2, 1, 2])
    await near(attention(q, k, v, { bias: tensor([0, 0, Number.NEGATIVE_INFINITY, 0]) }), [
      8 / 3,
      11 / 3,
      8 / 3,
      11 / 3,
    ])
  })

  it('refuses heads, times and biases that do not fit', () => {
    const x = zeros([1, 2, 3, 4])
    expect(() => attention(x, zeros([1, 1, 3, 4]), x)).toThrow(/attention: queries \[1, 2, 3, 4\], keys \[1, 1, 3, 4\]/)
    expect(() => attention(x, x, x, { bias: zeros([5]) })).toThrow(/do not broadcast|does not broadcast/)
    expect(() => attention(x, x, x, { bias: zeros([2, 1, 2, 3, 3]) })).toThrow(/bias .* does not broadcast to scores/)
  })
})

describe('crossEntropy', () => {
  const logits = () =>
    tensor([
      [1, 2, 3],
      [0, 0, 0],
      [5, 1, 1],
    ])
  const ids = (...values: number[]): Tensor => tensor(values, { dtype: 'i32' })
  const first = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 3

  it('is -ln softmax at the target; ignored rows do not count', async () => {
    await near(crossEntropy(logits(), ids(2, 1, -100), { reduction: 'none' }), [first, Math.log(3), 0])
    await near(crossEntropy(logits(), ids(2, 1, -100)), [(first + Math.log(3)) / 2])
    await near(crossEntropy(logits(), ids(2, 1, 0), { reduction: 'sum', ignoreIndex: 0 }), [first + Math.log(3)])
  })

  it('is NaN as the mean of no row, 0 as their sum', async () => {
    expect(await crossEntropy(logits(), ids(-100, -100, -100)).item()).toBeNaN()
    expect(await crossEntropy(logits(), ids(-100, -100, -100), { reduction: 'sum' }).item()).toBe(0)
  })

  it('mixes in the mean over the classes when labels are smoothed', async () => {
    const uniformPart = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 2
    const options = { labelSmoothing: 0.3, reduction: 'none' } as const
    await near(crossEntropy(logits().slice([0], [1]), ids(2), options), [0.7 * first + 0.3 * uniformPart])
  })

  it('refuses logits and targets that do not fit', () => {
    expect(() => crossEntropy(logits(), ids(1))).toThrow(
      /logits \[3, 3\] and targets \[1\]; expected \[rows, classes\] and \[rows\]/,
    )
    expect(() => crossEntropy(logits(), zeros([3]))).toThrow(/targets is f32, expected i32/)
  })
})

describe('dropout', () => {
  it('drops the given share, scales the rest, and does the same for the same key', async () => {
    const options = { key: key(7), rate: 0.25 }
    const y = await dropout(ones([20000]), options).data()
    const kept = y.filter((value) => value !== 0)
    // Five standard deviations of the count.
    expect(Math.abs(kept.length - 15000)).toBeLessThan(5 * Math.sqrt(20000 * 0.25 * 0.75))
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.75)]))
    expect(await dropout(ones([20000]), options).data()).toEqual(y)
    expect(await dropout(ones([20000]), { key: key(8), rate: 0.25 }).data()).not.toEqual(y)
  })

  it('is the identity at rate 0, and refuses rates outside 0 <= rate < 1', () => {
    const x = ones([3])
    expect(dropout(x, { key: key(1), rate: 0 })).toBe(x)
    for (const rate of [1, -0.1, Number.NaN]) {
      expect(() => dropout(x, { key: key(1), rate })).toThrow(/dropout: rate must be 0 <= rate < 1/)
    }
  })
})

describe('embedding and globalNorm', () => {
  it('look rows up', async () => {
    const table = range(6).reshape([3, 2])
    expect(await embedding(table, tensor([[2, 0]], { dtype: 'i32' })).data()).toEqual(Float32Array.of(4, 5, 0, 1))
    expect(() => embedding(range(3), tensor([0], { dtype: 'i32' }))).toThrow(
      /the table is \[3\], expected \[rows, size\]/,
    )
  })

  it('measure all tensors as one vector', async () => {
    expect(await globalNorm([tensor([3]), tensor([[0, 4]]), tensor(12)]).item()).toBe(13)
    expect(() => globalNorm([])).toThrow(/needs one tensor at least/)
  })
})

describe('topK', () => {
  const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.NaN, Infinity, -Infinity))

  it('is what sorting finds, of equal ones the first, without NaN and -∞', () =>
    fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 40 }), fc.nat(), async (row, some) => {
        const count = 1 + (some % row.length)
        const { values, ids } = topK(tensor(row), count)
        const sorted = [...row.entries()].filter(([, x]) => x > -Infinity).sort(([, a], [, b]) => (a === b ? 0 : b - a))
        const expected = Array.from({ length: count }, (_, place) => sorted[place] ?? [-1, -Infinity])
        expect([...(await ids.data())]).toEqual(expected.map(([id]) => id))
        expect([...(await values.data())]).toEqual(expected.map(([, x]) => x))
      }),
    ))

  it('refuses more than there are, and none', () => {
    expect(() => topK(zeros([2, 3]), 4)).toThrow('topK: 4 of [2, 3]; give a whole number from 1 to the size')
    expect(() => topK(zeros([2, 3]), 0)).toThrow('topK: 0 of [2, 3]')
    expect(() => topK(zeros([]), 1)).toThrow('topK: 1 of []')
  })
})

describe('appendRows', () => {
  it('puts rows behind those that ids name', async () => {
    const x = tensor([[[1, 2]], [[3, 4]]]) // [2, 1, 2]
    const y = appendRows(x, tensor([[[5, 6]], [[7, 8]], [[9, 0]]]), tensor([1, 1, -5], { dtype: 'i32' }))
    expect(y.shape).toEqual([3, 2, 2])
    expect([...(await y.data())]).toEqual([3, 4, 5, 6, 3, 4, 7, 8, 1, 2, 9, 0])
  })

  it('refuses what does not fit', () => {
    const ids = tensor([1, 0], { dtype: 'i32' })
    expect(() => appendRows(zeros([2, 3, 4]), zeros([2, 1, 5]), ids)).toThrow(/appendRows: .*more \[2, 1, 5\]/)
    expect(() => appendRows(zeros([2, 3, 4]), zeros([3, 1, 4]), ids)).toThrow('expected [rows, ..., time, size]')
    expect(() => appendRows(zeros([0, 3, 4]), zeros([2, 1, 4]), ids)).toThrow('with rows > 0')
    expect(() => appendRows(zeros([2, 3, 4]), zeros([2, 1, 4], { dtype: 'i32' }), ids)).toThrow('i32 behind f32')
  })
})
