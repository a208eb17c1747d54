import { disposeModule, Linear, Module, Parameter, replaceModules } from '@tlc/nn'
import { key, listen, normal, openBackend, type Shape, scope, type Tensor, useBackend } from '@tlc/tensor'
import { afterAll, describe, expect, it } from 'vitest'
import { maskOf, setMask } from '../mask.ts'
import { pruneToSparsity } from '../prune-to-sparsity.ts'
import { encodeBlockRows } from './block-rows.ts'
import { breakEvenSparsity } from './break-even.ts'
import { deploySparse } from './deploy-sparse.ts'
import { chooseBlock, SparseLinear, toSparse } from './sparse-linear.ts'

const backend = await openBackend('wasm', { threads: 1 })
useBackend(backend)
afterAll(() => backend.close())

/** A mask that keeps every `each`-th block, counted through rows of blocks. */
function blockMask(
  [rows, columns]: readonly [number, number],
  [height, width]: readonly [number, number],
  each: number,
) {
  return Uint8Array.from({ length: rows * columns }, (_, place) => {
    const block = Math.floor(place / columns / height) * (columns / width) + Math.floor((place % columns) / width)
    return Number(block % each === 0)
  })
}

function linearOf(outputSize: number, inputSize: number, seed: number): Linear {
  const weight = new Parameter(normal(key(seed), [outputSize, inputSize]))
  return new Linear({ weight, bias: new Parameter(normal(key(seed + 1), [outputSize])) })
}

const outputOf = async (layer: { forward(x: Tensor): Tensor }, shape: Shape): Promise<number[]> => {
  using _inner = scope()
  return [...(await layer.forward(normal(key(99), shape)).data())]
}

class Pair extends Module {
  first: Linear | SparseLinear
  second: Linear | SparseLinear
  constructor(first: Linear, second: Linear) {
    super()
    this.first = first
    this.second = second
  }
  forward(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x))
  }
}

describe('a sparse layer', () => {
  it.each([[[1]], [[2, 3]], [[40]]] as const)('gives the bits of the masked one for %j rows', async (rows) => {
    const linear = linearOf(24, 36, 1)
    await pruneToSparsity(new Map([['w', linear.weight]]), 0.8)
    const expected = await outputOf(linear, [...rows, 36])
    for (const block of [undefined, [1, 1], [4, 4], [1, 4], [8, 2]] as const) {
      // On WebAssembly both products are one running sum in the order of the columns, and a zero adds nothing to it.
      expect(await outputOf(await SparseLinear.from(linear, { block }), [...rows, 36])).toEqual(expected)
    }
  })

  it('finds the blocks that a weight was pruned by, and takes single numbers where there are none', async () => {
    for (const block of [
      [4, 4],
      [1, 4],
      [4, 1],
    ] as const) {
      const linear = linearOf(16, 16, 3)
      setMask(linear.weight, blockMask([16, 16], block, 5))
      expect((await SparseLinear.from(linear)).block).toEqual(block)
    }
    const scattered = Float32Array.from({ length: 256 }, (_, place) => Number(place % 11 === 0))
    expect(chooseBlock(scattered, [16, 16])).toEqual([1, 1])
    expect(chooseBlock(scattered.subarray(0, 9), [3, 3])).toEqual([1, 1])
  })

  it('takes another block where the one given does not divide', async () => {
    expect((await SparseLinear.from(linearOf(6, 6, 1), { block: [4, 4] })).block).toEqual([1, 1])
  })

  it('refuses blocks that point outside, before it takes any memory', () => {
    const before = backend.memory().tensors
    const weight = encodeBlockRows(Float32Array.of(0, 1, 2, 0), [2, 2])
    const wrong = { ...weight, columns: Uint16Array.of(1, 7) }
    expect(() => new SparseLinear(wrong)).toThrow('SparseLinear: columns[1], in row 1 of blocks, is 7, expected 0 to 1')
    expect(backend.memory().tensors).toBe(before)
  })

  it('replaces every linear layer of a model', async () => {
    const model = new Pair(linearOf(8, 8, 1), linearOf(4, 8, 5))
    const expected = await outputOf(model, [5, 8])
    expect(replaceModules(model, Linear, await toSparse(model))).toEqual(['first', 'second'])
    expect(model.second instanceof SparseLinear).toBe(true)
    expect(await outputOf(model, [5, 8])).toEqual(expected)
    await expect(toSparse(model).then((make) => make(linearOf(2, 2, 1)))).rejects.toThrow('was not in the model')
  })
})

/** A clock that stands still but for products: so many milliseconds for each dense one, and for each sparse one. */
function clockOf(dense: number, sparse: (stored: number) => number): { now: () => number } & Disposable {
  let time = 0
  const listening = listen({
    takes: () => true,
    heard: ({ op, inputs }) => {
      if (op === 'linear') time += dense
      if (op === 'sparseLinear') time += sparse(inputs[1]!.size)
    },
  })
  return { now: () => time, [Symbol.dispose]: () => listening[Symbol.dispose]() }
}

describe('deploying sparse layers', () => {
  it('replaces those that are faster, keeps the others, and says what it measured', async () => {
    const model = new Pair(linearOf(16, 24, 1), linearOf(8, 16, 5))
    const { first, second } = model as { first: Linear; second: Linear }
    setMask(first.weight, blockMask([16, 24], [4, 4], 5))
    const expected = await outputOf(model, [6, 24])
    using clock = clockOf(20, (stored) => stored / 5)
    const rows = await deploySparse(model, { rows: 6, now: clock.now })
    expect(rows).toMatchObject([
      // 5 of 24 blocks, 80 numbers
      { path: 'first', outputSize: 16, inputSize: 24, sparsity: 19 / 24, block: [4, 4], chosen: 'sparse' },
      { path: 'second', outputSize: 8, inputSize: 16, sparsity: 0, block: [4, 4], chosen: 'dense' },
    ])
    expect(rows.map(({ sparseSeconds }) => Math.round(1e6 * sparseSeconds))).toEqual([16_000, 25_600])
    expect([model.first instanceof SparseLinear, model.second === second]).toEqual([true, true])
    expect(first.weight.stored.disposed).toBe(true)
    expect(await outputOf(model, [6, 24])).toEqual(expected)
  })

  it('frees what the model has no more, the mask included', async () => {
    const before = backend.memory().tensors
    const model = new Pair(linearOf(8, 8, 1), linearOf(8, 8, 5))
    const tied = (model.second as Linear).weight
    setMask((model.first as Linear).weight, blockMask([8, 8], [1, 1], 9))
    using clock = clockOf(20, () => 10)
    const rows = await deploySparse(model, { rows: 2, now: clock.now, where: (path) => path === 'first' })
    expect(rows.map(({ path, speedup }) => [path, Math.round(speedup)])).toEqual([['first', 2]])
    expect(tied.stored.disposed).toBe(false)
    disposeModule(model)
    expect(backend.memory().tensors).toBe(before)
  })

  it('keeps a layer that is not faster as it was', async () => {
    const model = new Pair(linearOf(8, 8, 1), linearOf(8, 8, 5))
    const { first } = model as { first: Linear }
    setMask(first.weight, blockMask([8, 8], [1, 1], 9))
    const before = backend.memory().tensors
    using clock = clockOf(10, () => 10)
    await deploySparse(model, { rows: 2, now: clock.now })
    expect([model.first === first, maskOf(first.weight)?.length]).toEqual([true, 64])
    expect(backend.memory().tensors).toBe(before)
  })
})

describe('the break-even sparsity', () => {
  it('is the least that was tried from which on the sparse layer is faster', async () => {
    const of = async (milliseconds: (stored: number) => number, block: readonly [number, number] = [1, 1]) => {
      using clock = clockOf(20, milliseconds)
      return await breakEvenSparsity({ outputSize: 20, inputSize: 20, rows: 3, block, now: clock.now })
    }
    const found = await of((stored) => (stored * 40) / 400)
    // A tie at 0.5 is no gain.
    expect(found.sparsity).toBe(0.6)
    expect(found.points.map(({ sparsity }) => sparsity)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
    expect(found.points.map(({ speedup }) => Math.round(10 * speedup))).toEqual([10, 13, 17, 25, 50, 100])
    expect((await of(() => 30)).sparsity).toBeUndefined()
    // 5 of 25 blocks of 16 are left at 0.8.
    expect((await of((stored) => (stored <= 80 ? 10 : 30), [4, 4])).sparsity).toBe(0.8)
  })

  it('leaves no tensor behind', async () => {
    const before = backend.memory().tensors
    using clock = clockOf(20, () => 10)
    await breakEvenSparsity({ outputSize: 4, inputSize: 4, rows: 3, now: clock.now })
    expect(backend.memory().tensors).toBe(before)
  })
})
