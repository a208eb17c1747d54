import { add, key, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Activation } from '../layers/activation.ts'
import { Linear } from '../layers/linear.ts'
import { Module, namedModules } from '../module.ts'
import { collectInputs } from './collect-inputs.ts'
import { observeInputs } from './observe-inputs.ts'
import { reconstructionError } from './reconstruction-error.ts'

/** Two projections of one tensor, and one of what they make; the last sits in two places. */
class Block extends Module {
  readonly query = new Linear({ inputSize: 3, outputSize: 2, key: key(1) })
  readonly value = new Linear({ inputSize: 3, outputSize: 2, key: key(2) })
  readonly output = new Linear({ inputSize: 2, outputSize: 2, key: key(3) })
  readonly again = this.output
  readonly relu = new Activation('relu')

  forward(x: Tensor): Tensor {
    using inner = scope()
    const joined = add(this.query.forward(x), this.value.forward(x))
    return inner.keep(this.again.forward(this.relu.forward(this.output.forward(joined))))
  }
}

let block: Block
let x: Tensor
const values = [1, -2, 3, 0.5, 4, -1, 2, 0, 1.5, -3, 1, 1]
beforeEach(() => {
  block = new Block()
  x = tensor(values, { shape: [2, 2, 3] })
})

/** Σ f over the four vectors of `values`, by feature or pair of features. */
const sumOver = (f: (vector: readonly number[]) => number): number =>
  [0, 3, 6, 9].reduce((sum, start) => sum + f(values.slice(start, start + 3)), 0)

describe.each(['reference', 'wasm'] as const)('statistics of inputs on %s', (name) => {
  beforeAll(async () => useBackend(await openBackend(name)))

  test('are the sums over all vectors', async () => {
    const statistics = await collectInputs(block, () => block.forward(x), { gram: true })
    const features = [0, 1, 2]
    // Quarters and halves: every sum is exact in f32.
    expect(statistics.get('query')).toEqual({
      size: 3,
      count: 4,
      absoluteMax: Float32Array.of(3, 4, 3),
      absoluteMean: Float64Array.from(features, (j) => sumOver((v) => Math.abs(v[j]!)) / 4),
      squares: Float64Array.from(features, (j) => sumOver((v) => v[j]! ** 2)),
      gram: Float64Array.from(features.flatMap((i) => features.map((j) => sumOver((v) => v[i]! * v[j]!)))),
    })
  })

  test('have a whole, symmetric gram where it is computed in bands', async () => {
    const size = 300
    const wide = new Linear({ inputSize: size, outputSize: 1, key: key(1) })
    // Small whole numbers: every sum is exact in f32.
    const given = Array.from({ length: 2 * size }, (_, index) => (index * 7) % 11)
    const statistics = await collectInputs(wide, () => wide.forward(tensor(given, { shape: [2, size] })), {
      gram: true,
    })
    expect(statistics.get('')!.gram).toEqual(
      Float64Array.from({ length: size * size }, (_, index) => {
        const [i, j] = [Math.floor(index / size), index % size]
        return given[i]! * given[j]! + given[size + i]! * given[size + j]!
      }),
    )
  })

  test('are one object for modules that are fed the same, and cover every call of a module with several places', async () => {
    const statistics = await collectInputs(block, (input: Tensor) => block.forward(input), { batches: [x, x] })
    expect([...statistics.keys()].sort()).toEqual(['output', 'query', 'value'])
    expect(statistics.get('value')).toBe(statistics.get('query'))
    expect([statistics.get('query')!.count, statistics.get('output')!.count]).toEqual([8, 16])
    expect(statistics.get('query')!.gram).toBeUndefined()
  })

  test('are right where modules were fed the same only at times', async () => {
    const separate = (input: Tensor): unknown => [block.query.forward(input), block.value.forward(tensor([[1, 1, 1]]))]
    const runs = [(input: Tensor): unknown => block.forward(input), separate]
    const statistics = await collectInputs(block, (run: (input: Tensor) => unknown) => run(x), { batches: runs })
    expect([statistics.get('query')!.count, statistics.get('value')!.count]).toEqual([8, 5])
    expect(statistics.get('value')!.squares[0]).toBe(sumOver((v) => v[0]! ** 2) + 1)
    expect(statistics.get('query')!.squares[0]).toBe(2 * sumOver((v) => v[0]! ** 2))
  })

  test('cost no memory once they are there, and leave the model as it was', async () => {
    const { backend } = x
    const before = backend.memory().tensors
    await collectInputs(block, () => block.forward(x), { gram: true })
    expect(backend.memory().tensors).toBe(before)
    for (const [, module] of namedModules(block)) expect(Object.hasOwn(module, 'forward')).toBe(false)
  })

  test('are refused of inputs that are not finite, by name', async () => {
    const infinite = tensor([[1, Number.POSITIVE_INFINITY, 0]])
    await expect(collectInputs(block, () => block.forward(infinite))).rejects.toThrow("an input of 'query' has NaN")
    await expect(collectInputs(block, () => block.forward(x), { where: () => false })).rejects.toThrow(
      'no module was run',
    )
  })

  test('tell the output error of a changed weight, without the inputs', async () => {
    const { query } = block
    const statistics = await collectInputs(block, () => query.forward(x), { gram: true })
    const original = (await query.weight.stored.data()) as Float32Array
    const compressed = original.map((each) => Math.round(4 * each) / 4)
    const outputs = (weight: Float32Array): number[] =>
      [0, 3].flatMap((row) =>
        [0, 3, 6, 9].map((at) => [0, 1, 2].reduce((y, j) => y + weight[row + j]! * values[at + j]!, 0)),
      )
    const [y, changed] = [outputs(original), outputs(compressed)]
    const power = y.reduce((sum, each) => sum + each ** 2, 0)
    const noise = y.reduce((sum, each, index) => sum + (each - changed[index]!) ** 2, 0)
    const error = reconstructionError(original, compressed, statistics.get('query')!)
    // Float64 throughout; the gram is exact.
    expect(error.meanSquare).toBeCloseTo(noise / 8, 12)
    expect(error.signal).toBeCloseTo(power / 8, 12)
    expect(error.decibels).toBeCloseTo(10 * Math.log10(power / noise), 9)
    expect(reconstructionError(original, original, statistics.get('query')!).decibels).toBe(Number.POSITIVE_INFINITY)
    expect(() => reconstructionError(original, compressed.slice(1), statistics.get('query')!)).toThrow('5 compressed')
  })
})

describe('observing inputs', () => {
  beforeAll(async () => useBackend(await openBackend('reference')))

  test('does not change what is computed, and ends when disposed, in any order', async () => {
    const plain = await block.forward(x).data()
    const heard: string[] = []
    const first = observeInputs(block, Linear, (path) => heard.push(`first ${path}`))
    const second = observeInputs(block, Linear, (path, module) =>
      heard.push(`second ${path} ${module.weight.stored.shape}`),
    )
    expect(await block.forward(x).data()).toEqual(plain)
    expect(heard.slice(0, 2)).toEqual(['first query', 'second query 2,3'])
    expect(heard.length).toBe(8)
    first[Symbol.dispose]()
    block.query.forward(x)
    expect(heard.slice(8)).toEqual(['second query 2,3'])
    second[Symbol.dispose]()
    second[Symbol.dispose]()
    block.query.forward(x)
    expect(heard.length).toBe(9)
    expect(Object.hasOwn(block.query, 'forward')).toBe(false)
  })

  test('needs a module of the type, with a forward', () => {
    class Odd extends Module {}
    expect(() => observeInputs(new Odd(), Linear, String)).toThrow('no Linear')
    expect(() => observeInputs(new Odd(), Odd, String)).toThrow("Odd at '' has no forward")
  })
})
