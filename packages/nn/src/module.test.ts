import { type Backend, key, openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import { beforeEach, describe, expect, test } from 'vitest'
import { TensorMismatchError } from './copy-tensors.ts'
import type { Layer } from './forward.ts'
import { Activation } from './layers/activation.ts'
import { Linear } from './layers/linear.ts'
import { Sequential } from './layers/sequential.ts'
import { loadParameters, parameterTensors } from './load-parameters.ts'
import { countParameters, disposeModule, Module, namedModules, namedParameters } from './module.ts'
import { replaceModules } from './replace-modules.ts'
import { formatSummary, summary } from './summary.ts'

class Block extends Module {
  readonly dense: Layer = new Linear({ inputSize: 3, outputSize: 2, key: key(1) })
  readonly head: Layer = new Linear({ weight: (this.dense as Linear).weight })
  readonly rest: Layer[] = [
    new Activation('relu'),
    new Linear({ inputSize: 2, outputSize: 2, key: key(2), bias: false }),
  ]
}

let backend: Backend
beforeEach(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

describe('the tree of a module', () => {
  test('names modules and parameters by the path of fields, a tied parameter once', () => {
    const block = new Block()
    expect([...namedModules(block)].map(([path]) => path)).toEqual(['', 'dense', 'head', 'rest.0', 'rest.1'])
    expect([...namedParameters(block).keys()]).toEqual(['dense.weight', 'dense.bias', 'rest.1.weight'])
    expect(countParameters(block)).toBe(6 + 2 + 4)
  })

  test('is summarized with shapes and bytes', () => {
    const block = new Block()
    namedParameters(block).get('dense.bias')!.trainable = false
    expect(summary(block)).toMatchObject({ parameters: 12, trainable: 10, bytes: 48 })
    expect(formatSummary(summary(block))).toBe(
      [
        'dense.weight   [2, 3]  f32  6',
        'dense.bias     [2]     f32  2  frozen',
        'rest.1.weight  [2, 2]  f32  4',
        '12 parameters, 10 trainable, 48 bytes',
      ].join('\n'),
    )
  })

  test('is freed as a whole', () => {
    const block = new Block()
    expect(backend.memory().tensors).toBeGreaterThan(0)
    disposeModule(block)
    expect(backend.memory()).toMatchObject({ tensors: 0, bytes: 0 })
  })
})

describe('replaceModules', () => {
  class Doubled extends Module {
    readonly inner: Linear
    constructor(inner: Linear) {
      super()
      this.inner = inner
    }
    forward(x: Parameters<Linear['forward']>[0]) {
      return this.inner.forward(x).mul(2)
    }
  }

  test('puts new modules in fields and lists, and does not search what it put', () => {
    const block = new Block()
    expect(replaceModules(block, Linear, (linear) => new Doubled(linear))).toEqual(['dense', 'head', 'rest.1'])
    expect([...namedParameters(block).keys()]).toEqual([
      'dense.inner.weight',
      'dense.inner.bias',
      'rest.1.inner.weight',
    ])
  })

  test('changes what the model computes', async () => {
    const model = new Sequential([new Linear({ inputSize: 2, outputSize: 2, key: key(3) })])
    const x = tensor([[1, 2]])
    const before = await model.forward(x).data()
    replaceModules(model, Linear, (linear) => new Doubled(linear))
    expect([...(await model.forward(x).data())]).toEqual([...before].map((y) => 2 * y))
  })

  test('one module in two places is replaced by one', () => {
    const shared = new Linear({ inputSize: 2, outputSize: 2, key: key(3) })
    const model = new Sequential([shared, shared, new Activation('relu')])
    expect(replaceModules(model, Linear, (linear) => new Doubled(linear))).toEqual(['layers.0', 'layers.1'])
    expect(model.layers[0]).toBe(model.layers[1])
  })

  test('what is put into a module in two places is not searched when the module comes again', () => {
    const shared = new Sequential([new Linear({ inputSize: 2, outputSize: 2, key: key(3) })])
    const model = new Sequential([shared, shared])
    expect(replaceModules(model, Linear, (linear) => new Doubled(linear))).toEqual(['layers.0.layers.0'])
    expect((shared.layers[0] as Doubled).inner).toBeInstanceOf(Linear)
  })

  test('keeps what is returned unchanged, and has no place for the root', () => {
    const block = new Block()
    expect(replaceModules(block, Linear, (linear) => linear)).toEqual([])
    expect(() => replaceModules(block.dense, Linear, (linear) => linear)).toThrow('the root is a Linear itself')
  })
})

describe('loadParameters', () => {
  test('copies values, so that training one model leaves the other alone', async () => {
    const [from, to] = [new Block(), new Block()]
    parameterTensors(from)
      .get('dense.bias')!
      .assign(tensor([5, 6]))
    loadParameters(to, parameterTensors(from))
    for (const [name, stored] of parameterTensors(from)) {
      expect(await parameterTensors(to).get(name)!.data(), name).toEqual(await stored.data())
      expect(parameterTensors(to).get(name)!.buffer, name).not.toBe(stored.buffer)
    }
  })

  test('widens half precision', async () => {
    const block = new Sequential([new Linear({ inputSize: 1, outputSize: 2, key: key(1), bias: false })])
    loadParameters(block, new Map([['layers.0.weight', tensor([[0.5], [0.25]], { dtype: 'bf16' })]]))
    expect([...(await parameterTensors(block).get('layers.0.weight')!.data())]).toEqual([0.5, 0.25])
  })

  test('one error lists every unknown, missing and misfitting name, and nothing is changed', async () => {
    const block = new Block()
    const before = await parameterTensors(block).get('dense.weight')!.data()
    const given = new Map([
      [
        'dense.weight',
        tensor([
          [0, 0, 0],
          [0, 0, 0],
        ]),
      ],
      ['dense.bias', tensor([1, 2, 3])],
      ['dense.scale', tensor(1)],
    ])
    const load = (): void => loadParameters(block, given)
    expect(load).toThrow(TensorMismatchError)
    expect(load).toThrow(
      [
        'the tensors do not fit the module; nothing was loaded:',
        '  not expected: dense.scale',
        '  missing: rest.1.weight',
        '  misfitting: dense.bias is f32[3], expected f32[2]',
        'make the module with the configuration that the tensors were saved with',
      ].join('\n'),
    )
    expect(await parameterTensors(block).get('dense.weight')!.data()).toEqual(before)
  })

  test('holds the same memory afterwards, even from within a scope', () => {
    const [from, to] = [new Block(), new Block()]
    const { tensors } = backend.memory()
    {
      using _step = scope()
      loadParameters(to, parameterTensors(from))
    }
    expect(backend.memory().tensors).toBe(tensors)
    expect(parameterTensors(to).get('dense.bias')!.disposed).toBe(false)
  })
})
