import { Bilinear, disposeModule, Embedding, Linear, Module, MultiHeadAttention, namedParameters } from '@tlc/nn'
import {
  add,
  dropout,
  key,
  mean,
  mul,
  normal,
  openBackend,
  range,
  reshape,
  scatterAdd,
  scope,
  slice,
  sum,
  type Tensor,
  tensor,
  useBackend,
} from '@tlc/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GraphSummary, readGraph } from '../../test/read-onnx.ts'
import { hasOnnxRuntime, runOnnx } from '../../test/run-onnx.ts'
import { decodeArtefact, quantizeModel } from '../index.ts'
import { exportOnnx, type OnnxInput } from './export-onnx.ts'

const backend = await openBackend('wasm', { threads: 1 })
beforeAll(() => useBackend(backend))
afterAll(() => backend.close())

class Nothing extends Module {}

/** A table that is used twice: to look rows up, and as the weight of a product. */
class Tied extends Module {
  readonly words = new Embedding({ count: 11, size: 8, key: key(1) })
  readonly projection = new Linear({ weight: this.words.weight })

  forward(ids: Tensor): Tensor {
    return this.projection.forward(this.words.forward(ids))
  }
}

const x: OnnxInput = { dtype: 'f32', shape: ['batch', 'length', 8] }

/** Exports a function of x, and expects onnxruntime to give the same for x of several shapes. */
async function sameInOnnxruntime(run: (x: Tensor) => Tensor, model: Module = new Nothing()): Promise<GraphSummary> {
  const file = await exportOnnx(model, { inputs: { x }, run: (inputs) => ({ y: run(inputs.x) }) })
  for (const [batch, length] of [
    [1, 1],
    [1, 6],
    [4, 1],
    [3, 9],
  ] as const) {
    using _inputs = scope()
    const input = normal(key(batch), [batch, length, 8])
    const expected = run(input)
    const { y } = await runOnnx(file, { x: input })
    expect(y!.shape).toEqual(expected.shape)
    const data = await expected.data()
    // Sums of some tens of products of numbers near 1, in another order.
    for (const [index, value] of data.entries()) expect(Math.abs(y!.data[index]! - value)).toBeLessThan(1e-5)
  }
  return readGraph(file)
}

describe.skipIf(!hasOnnxRuntime)('a graph with sizes that have names computes the same for all of them', () => {
  test('attention with padding and later keys hidden', async () => {
    const model = new MultiHeadAttention({ size: 8, heads: 2, key: key(1) })
    const file = await exportOnnx(model, {
      inputs: { x, mask: { dtype: 'i32', shape: ['batch', 'length'] } },
      run: ({ x, mask }) => ({ y: model.forward(x, { mask, causal: true }) }),
    })
    for (const [batch, length] of [
      [1, 1],
      [3, 6],
    ] as const) {
      const input = normal(key(2), [batch, length, 8])
      const mask = tensor(
        Int32Array.from({ length: batch * length }, (_, place) => Number(place % length !== 2)),
        {
          shape: [batch, length],
        },
      )
      const { y } = await runOnnx(file, { x: input, mask })
      const expected = await model.forward(input, { mask, causal: true }).data()
      for (const [index, value] of expected.entries()) expect(Math.abs(y!.data[index]! - value)).toBeLessThan(1e-5)
    }
    disposeModule(model)
  })

  test('means over them', async () => {
    await sameInOnnxruntime((x) => mean(x, { axis: 1 }))
    await sameInOnnxruntime((x) => mean(x))
  })

  test('their product, their multiples, and one more', async () => {
    await sameInOnnxruntime((x) => reshape(x, [-1, 4]))
    await sameInOnnxruntime((x) => reshape(x, [2, x.shape[1]!, 4, x.shape[0]!]))
    await sameInOnnxruntime((x) => x.pad({ before: [0, 1, 0] }).slice([0, 1]))
  })

  test('places along them', async () => {
    await sameInOnnxruntime((x) => add(x, reshape(range(x.shape[1]!), [-1, 1])))
    await sameInOnnxruntime((x) => mul(x, x.shape[0]! * x.shape[1]!))
  })

  test('one row of each, and the ends', async () => {
    await sameInOnnxruntime((x) => slice(x, [0, 0], [x.shape[0]!, 1]))
    await sameInOnnxruntime((x) => slice(x, [0, x.shape[1]! - 1]))
  })

  test('a bilinear form, by the formula of einsum', async () => {
    const model = new Bilinear({ inputSizes: [8, 8], outputSize: 3, key: key(1) })
    await sameInOnnxruntime((x) => model.forward(x, x), model)
  })
})

describe.skipIf(!hasOnnxRuntime)('weights', () => {
  test('keep their names and shapes, and those that are tied come once', async () => {
    const model = new Tied()
    const file = await exportOnnx(model, {
      inputs: { ids: { dtype: 'i32', shape: ['batch', 'length'] } },
      run: ({ ids }) => ({ logits: model.forward(ids) }),
      metadata: new Map([['license', 'MIT']]),
    })
    const { initializers, nodes, metadata } = readGraph(file)
    expect(initializers.filter(({ shape }) => shape.length === 2)).toEqual([{ name: 'words.weight', shape: [11, 8] }])
    expect(nodes.map(({ name }) => name)).toContain('words/Gather')
    expect(metadata).toEqual([['license', 'MIT']])
  })

  test('are read through what changes them, such as a mask, which is computed now', async () => {
    const model = new Linear({ inputSize: 8, outputSize: 3, key: key(1) })
    const mask = tensor(Array.from({ length: 24 }, (_, index) => index % 2)).reshape([3, 8])
    model.weight.transforms.push((weight) => mul(weight, mask))
    const { nodes } = await sameInOnnxruntime((x) => model.forward(x), model)
    expect(nodes.map(({ op }) => op)).not.toContain('Mul')
    mask.dispose()
  })

  test('that no input reaches are computed now, even if they are quantized', async () => {
    const model = new Tied()
    const { artefact } = await quantizeModel(model, { bits: 3 })
    const first = tensor([2], { dtype: 'i32' })
    const file = await exportOnnx(model, {
      inputs: { x: { dtype: 'f32', shape: [8] } },
      run: ({ x }) => ({ y: add(x, model.words.forward(first)) }),
      artefact,
    })
    const { y } = await runOnnx(file, { x: tensor(new Float32Array(8)) })
    using _decoded = scope()
    const decoded = decodeArtefact(artefact).get('words.weight')!.slice([2], [3])
    expect(Array.from(y!.data)).toEqual(Array.from(await decoded.data()))
  })
})

describe('what cannot be written is refused, with the reason', () => {
  const refused = (run: (x: Tensor) => Tensor, inputs: { x: OnnxInput } = { x }): Promise<Uint8Array> =>
    exportOnnx(new Nothing(), { inputs, run: ({ x }) => ({ y: run(x) }) })

  test('training', async () => {
    await expect(refused((x) => dropout(x, { key: key(1), rate: 0.5 }))).rejects.toThrow(
      /dropout cannot be written in ONNX: .* in evaluation, without a key/,
    )
    const model = new MultiHeadAttention({ size: 8, heads: 2, key: key(1), dropoutRate: 0.1 })
    await expect(refused((x) => model.forward(x, { key: key(1) }))).rejects.toThrow(
      /attention has dropout; .* without a key/,
    )
  })

  test('operations without a form', async () => {
    const ids = tensor([0], { dtype: 'i32' })
    const x: OnnxInput = { dtype: 'f32', shape: [1, 8] }
    await expect(refused((x) => scatterAdd(x, ids, { size: 3 }), { x })).rejects.toThrow(
      /scatterAdd cannot be written in ONNX: only gradients need it/,
    )
    await expect(refused((x) => x.cast('f16'), { x })).rejects.toThrow(/no numbers of type f16/)
  })

  test('what depends on sizes in another way than a graph can', async () => {
    await expect(refused((x) => (x.shape[1]! > 3 ? x.exp() : x.neg()))).rejects.toThrow(
      /with other sizes other operations are done, from .* \(0\) on; give sizes as numbers/,
    )
    await expect(refused((x) => x.pad({ after: [0, x.shape[1]! ** 2, 0] }))).rejects.toThrow(
      /has a size that is no product of named ones: .* for {"batch":2,"length":3}/,
    )
    await expect(refused((x) => x.pad({ after: [0, 1, 0], value: x.shape[1]! }))).rejects.toThrow(
      /the parameters of pad depend on sizes/,
    )
    await expect(refused((x) => mul(x, Math.sqrt(x.shape[1]!)))).rejects.toThrow(
      /a tensor made of numbers depends on sizes/,
    )
    const fixed: OnnxInput = { dtype: 'f32', shape: [2, 3, 8] }
    await expect(refused((x) => mul(x, Math.sqrt(x.shape[1]!)), { x: fixed })).resolves.toBeInstanceOf(Uint8Array)
  })

  test('functions that give no tensors, or read numbers back', async () => {
    const inputs = { x }
    const run = async ({ x }: { x: Tensor }) => ({ y: sum(x) })
    await expect(exportOnnx(new Nothing(), { inputs, run: run as never })).rejects.toThrow(
      /must return tensors by name/,
    )
    await expect(exportOnnx(new Nothing(), { inputs, run: () => ({}) })).rejects.toThrow(/must return tensors by name/)
  })

  test('an artefact of another model', async () => {
    const { artefact } = await quantizeModel(new Tied(), { bits: 4 })
    const model = new Linear({ inputSize: 8, outputSize: 3, key: key(1) })
    const wrong = exportOnnx(model, { inputs: { x }, run: ({ x }) => ({ y: model.forward(x) }), artefact })
    await expect(wrong).rejects.toThrow(/words.weight/)
  })
})

test('an export leaves no tensor behind, whether it succeeds or not', async () => {
  const model = new MultiHeadAttention({ size: 8, heads: 2, key: key(1), dropoutRate: 0.1 })
  const { artefact } = await quantizeModel(model, { bits: 4 })
  const before = backend.memory().tensors
  const options = { inputs: { x }, artefact }
  await exportOnnx(model, { ...options, run: ({ x }) => ({ y: model.forward(x, { causal: true }) }) })
  expect(backend.memory().tensors).toBe(before)
  await expect(
    exportOnnx(model, { ...options, run: ({ x }) => ({ y: model.forward(x, { key: key(1) }) }) }),
  ).rejects.toThrow()
  expect(backend.memory().tensors).toBe(before)
  expect(namedParameters(model).get('query.weight')!.transforms).toEqual([])
})
