import { key, normal, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { Parameter } from '../parameter.ts'
import { Adafactor } from './adafactor.ts'
import { LAMB } from './lamb.ts'
import { Muon } from './muon.ts'
import { NAdam } from './nadam.ts'
import type { Optimizer } from './optimizer.ts'

/**
 * Rules for which there is no run of another implementation to compare with: the papers' formulas again, in float64 and
 * on arrays of rows, one number after the other.
 */
type Matrix = readonly (readonly number[])[]

const map = (f: (...x: number[]) => number, ...of: readonly Matrix[]): Matrix =>
  of[0]!.map((row, i) => row.map((_, j) => f(...of.map((each) => each[i]![j]!))))
const zeros = (like: Matrix): Matrix => map(() => 0, like)
const length = (x: Matrix): number => Math.sqrt(x.flat().reduce((sum, value) => sum + value * value, 0))
const rootMeanSquare = (x: Matrix): number => length(x) / Math.sqrt(x.flat().length)
const transpose = (x: Matrix): Matrix => x[0]!.map((_, j) => x.map((row) => row[j]!))
const product = (x: Matrix, y: Matrix): Matrix =>
  x.map((row) => transpose(y).map((column) => row.reduce((sum, value, k) => sum + value * column[k]!, 0)))

const steps = 8
const learningRate = 0.05

beforeAll(async () => useBackend(await openBackend('reference')))

async function rowsOf(x: Tensor): Promise<Matrix> {
  const [rows, columns] = x.shape as [number, number]
  const values = await x.data()
  return Array.from({ length: rows }, (_, i) => [...values.slice(i * columns, (i + 1) * columns)])
}

/** Fails unless the optimizer has the rule's weights after each step, for random gradients. */
async function expectRule(
  shape: readonly [number, number],
  make: (parameters: Map<string, Parameter>) => Optimizer,
  rule: (weight: Matrix, gradient: Matrix, step: number) => Matrix,
): Promise<void> {
  const parameter = new Parameter(normal(key(7), shape))
  let expected = await rowsOf(parameter.stored)
  using optimizer = make(new Map([['weight', parameter]]))
  for (let step = 1; step <= steps; step++) {
    using _step = scope()
    const gradient = normal(key(100 + step), shape)
    optimizer.step([gradient], { learningRate })
    expected = rule(expected, await rowsOf(gradient), step)
    const actual = await rowsOf(parameter.stored)
    // About thirty roundings a step, of numbers of the size of 1.
    for (const difference of map((x, y) => x - y, actual, expected).flat())
      expect(Math.abs(difference)).toBeLessThan(4e-6)
  }
}

describe('LAMB', () => {
  test('is algorithm 2 of You et al. 2020', async () => {
    let [m, v] = [zeros([[0, 0, 0, 0]]), zeros([[0, 0, 0, 0]])]
    const [beta1, beta2, epsilon, decay] = [0.9, 0.999, 1e-6, 0.01]
    await expectRule(
      [1, 4],
      (parameters) => new LAMB(parameters),
      (x, g, t) => {
        m = map((mean, gradient) => beta1 * mean + (1 - beta1) * gradient, m, g)
        v = map((mean, gradient) => beta2 * mean + (1 - beta2) * gradient ** 2, v, g)
        const r = map((a, b) => a / (1 - beta1 ** t) / (Math.sqrt(b / (1 - beta2 ** t)) + epsilon), m, v)
        const u = map((ratio, weight) => ratio + decay * weight, r, x)
        const trust = length(x) / length(u)
        return map((weight, change) => weight - learningRate * trust * change, x, u)
      },
    )
  })

  test('takes a step as long as η times the weight, whatever the size of the gradient', async () => {
    for (const size of [1e-3, 1, 1e4]) {
      const parameter = new Parameter(tensor([[3, 4]]))
      new LAMB(new Map([['p', parameter]])).step([tensor([[size, -2 * size]])], { learningRate: 0.1 })
      const [x, y] = await parameter.stored.data()
      expect(Math.hypot(x! - 3, y! - 4)).toBeCloseTo(0.5, 5)
    }
  })

  test('moves weights that are 0', async () => {
    const parameter = new Parameter(tensor([0, 0]))
    new LAMB(new Map([['p', parameter]])).step([tensor([1, -1])], { learningRate: 0.1 })
    const [x, y] = await parameter.stored.data()
    // ε = 1e-6 beside a gradient of 1 is what is missing.
    expect([x, y]).toEqual([expect.closeTo(-0.1, 6), expect.closeTo(0.1, 6)])
  })
})

describe('Adafactor', () => {
  test('is algorithm 4 of Shazeer & Stern 2018', async () => {
    let [r, c] = [
      [0, 0, 0],
      [0, 0, 0, 0, 0],
    ]
    await expectRule(
      [3, 5],
      (parameters) => new Adafactor(parameters),
      (x, g, t) => {
        const beta = 1 - t ** -0.8
        const squares = map((gradient) => gradient ** 2 + 1e-30, g)
        r = r.map((row, i) => beta * row + (1 - beta) * squares[i]!.reduce((sum, value) => sum + value, 0))
        c = c.map((column, j) => beta * column + (1 - beta) * squares.reduce((sum, row) => sum + row[j]!, 0))
        const total = r.reduce((sum, row) => sum + row, 0)
        const u = g.map((row, i) => row.map((gradient, j) => gradient / Math.sqrt((r[i]! * c[j]!) / total)))
        const clip = Math.max(1, rootMeanSquare(u))
        const alpha = Math.max(1e-3, rootMeanSquare(x)) * learningRate
        return map((weight, change) => weight - (alpha * change) / clip, x, u)
      },
    )
  })

  test('remembers n + m numbers of a matrix, and no less than all of a vector', () => {
    const parameters = new Map([
      ['matrix', new Parameter(normal(key(1), [6, 4]))],
      ['stack', new Parameter(normal(key(2), [2, 6, 4]))],
      ['vector', new Parameter(normal(key(3), [5]))],
    ])
    const shapes = [...new Adafactor(parameters).state().tensors].map(([name, { shape }]) => [name, shape])
    expect(Object.fromEntries(shapes)).toEqual({
      'rows.matrix': [6, 1],
      'columns.matrix': [1, 4],
      'rows.stack': [2, 6, 1],
      'columns.stack': [2, 1, 4],
      'second.vector': [5],
    })
  })

  test('is exact where the squares are a product of rows and columns, and stays finite where gradients are 0', async () => {
    const parameter = new Parameter(
      tensor([
        [1, 1, 1],
        [1, 1, 1],
      ]),
    )
    const optimizer = new Adafactor(new Map([['p', parameter]]), { clipThreshold: 10 })
    optimizer.step(
      [
        tensor([
          [1, 2, -4],
          [-3, 6, 12],
        ]),
      ],
      { learningRate: 0.1 },
    )
    // g / √(g²) is the sign, and the weight's size is 1.
    for (const [index, x] of (await parameter.stored.data()).entries())
      expect(x).toBeCloseTo(1 - 0.1 * [1, 1, -1, -1, 1, 1][index]!, 6)
    const before = await parameter.stored.data()
    const zero = new Adafactor(new Map([['p', parameter]]))
    zero.step(
      [
        tensor([
          [0, 0, 0],
          [0, 0, 0],
        ]),
      ],
      { learningRate: 0.1 },
    )
    expect(await parameter.stored.data()).toEqual(before)
  })
})

describe('Muon', () => {
  const [a, b, c] = [3.4445, -4.775, 2.0315]

  for (const shape of [
    [3, 6],
    [6, 3],
    [4, 4],
  ] as const) {
    test(`is Newton-Schulz of the momentum, for ${shape.join(' x ')}`, async () => {
      let momentum: Matrix | undefined
      await expectRule(
        shape,
        (parameters) => new Muon(parameters),
        (w, g) => {
          momentum = momentum ? map((x, y) => 0.95 * x + y, momentum, g) : g
          const ahead = map((x, y) => x + 0.95 * y, g, momentum)
          let x = map((value) => value / length(ahead), ahead)
          for (let i = 0; i < 5; i++) {
            const gram = product(x, transpose(x))
            const polynomial = map((first, second) => b * first + c * second, gram, product(gram, gram))
            x = map((first, second) => a * first + second, x, product(polynomial, x))
          }
          const size = 0.2 * Math.sqrt(Math.max(...shape))
          return map((weight, change) => weight * (1 - learningRate * 0.01) - learningRate * size * change, w, x)
        },
      )
    })
  }

  test('moves a matrix in all its directions alike: singular values become nearly 1', async () => {
    // Diagonal, so that the singular values can be read: 1, 0.3 and 0.1 of the largest.
    const parameter = new Parameter(
      tensor([
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ]),
    )
    const optimizer = new Muon(new Map([['p', parameter]]), { weightDecay: 0 })
    optimizer.step(
      [
        tensor([
          [5, 0, 0],
          [0, -1.5, 0],
          [0, 0, 0.5],
        ]),
      ],
      { learningRate: 1 / (0.2 * Math.sqrt(3)) },
    )
    const values = await parameter.stored.data()
    // The coefficients take 0.01..1 to 0.68..1.13, and need not come nearer. Jordan et al. 2024
    for (const [index, sign] of [
      [0, -1],
      [4, 1],
      [8, -1],
    ] as const) {
      expect(values[index]! * sign).toBeGreaterThan(0.65)
      expect(values[index]! * sign).toBeLessThan(1.2)
    }
    for (const index of [1, 2, 3, 5, 6, 7]) expect(values[index]).toBeCloseTo(0, 6)
  })

  test('does not care how large gradients are', async () => {
    const moved = async (scale: number): Promise<readonly number[]> => {
      const parameter = new Parameter(normal(key(1), [4, 5]))
      new Muon(new Map([['p', parameter]])).step([normal(key(2), [4, 5]).mul(scale)], { learningRate: 0.1 })
      return [...(await parameter.stored.data())]
    }
    const expected = await moved(1)
    for (const [index, x] of (await moved(1024)).entries()) expect(x).toBeCloseTo(expected[index]!, 5)
  })

  test('leaves vectors, and what it is told to, to AdamW', () => {
    const parameters = new Map([
      ['embedding', new Parameter(normal(key(1), [3, 2]))],
      ['weight', new Parameter(normal(key(2), [3, 2]))],
      ['bias', new Parameter(normal(key(3), [3]))],
    ])
    const optimizer = new Muon(parameters, { matrices: (name) => name !== 'embedding' })
    expect([...optimizer.state().tensors.keys()]).toEqual([
      'first.embedding',
      'second.embedding',
      'momentum.weight',
      'first.bias',
      'second.bias',
    ])
  })
})

test('NAdam is algorithm 2 of Dozat 2016, with its rising momentum', async () => {
  let [m, v, momenta] = [zeros([[0, 0, 0]]), zeros([[0, 0, 0]]), 1]
  const momentum = (t: number): number => 0.9 * (1 - 0.5 * 0.96 ** (t / 250))
  await expectRule(
    [1, 3],
    (parameters) => new NAdam(parameters),
    (p, g, t) => {
      momenta *= momentum(t)
      m = map((mean, gradient) => 0.9 * mean + 0.1 * gradient, m, g)
      v = map((mean, gradient) => 0.999 * mean + 0.001 * gradient ** 2, v, g)
      return map(
        (weight, gradient, first, second) => {
          const ahead =
            ((1 - momentum(t)) * gradient) / (1 - momenta) + (momentum(t + 1) * first) / (1 - momenta * momentum(t + 1))
          return weight - (learningRate * ahead) / (Math.sqrt(second / (1 - 0.999 ** t)) + 1e-8)
        },
        p,
        g,
        m,
        v,
      )
    },
  )
})
