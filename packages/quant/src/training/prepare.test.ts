import { valueAndGrad } from '@tlc/autograd'
import {
  Linear,
  type Module,
  meanSquaredError,
  namedParameters,
  type Parameter,
  Sequential,
  SGD,
  trainStep,
} from '@tlc/nn'
import { type Backend, key, normal, openBackend, scope, sum, tensor, useBackend, withBackend } from '@tlc/tensor'
import { describe, expect, it } from 'vitest'
import type { Artefact } from '../artefact/artefact.ts'
import { useArtefact } from '../artefact/use-artefact.ts'
import { decode } from '../decode.ts'
import { codebook } from '../schemes/codebook.ts'
import { tuneCodebook } from './codebook-tuning.ts'
import { fakeQuantize } from './fake-quantize.ts'
import { type PrepareOptions, prepareForQuantization } from './prepare.ts'
import { quantNoise } from './quant-noise.ts'
import { QuantizedInput, quantizeInputs } from './quantized-input.ts'

const reference = await openBackend('reference')
useBackend(reference)

const makeModel = (): Sequential =>
  new Sequential([
    new Linear({ inputSize: 8, outputSize: 16, key: key(1) }),
    new Linear({ inputSize: 16, outputSize: 4, key: key(2) }),
  ])

/** Trains a model to be another one, for some steps; the last loss. */
async function fit(
  model: Sequential,
  steps: ReadonlyMap<string, Parameter> = new Map(),
  onStep?: (step: number) => void,
): Promise<number> {
  const teacher = makeModel()
  const optimizer = new SGD(new Map([...namedParameters(model), ...steps]))
  let last = Number.NaN
  for (let step = 0; step < 60; step++) {
    using _inner = scope()
    onStep?.(step)
    const x = normal(key(100 + step), [32, 8])
    const target = teacher.forward(x).add(0.3)
    const loss = () => meanSquaredError(model.forward(x), target)
    const done = trainStep({ optimizer, loss, microBatches: [0], learningRate: 0.2 })
    last = await done.loss.item()
  }
  return last
}

async function converted(model: Module, options: PrepareOptions): Promise<Artefact> {
  using prepared = prepareForQuantization(model, options)
  return await prepared.convert()
}

const ways: [string, PrepareOptions][] = [
  ['symmetric, whole tensors', { bits: 4 }],
  ['with exact zero, by rows', { bits: 3, grid: 'zeroExact', granularity: 'row' }],
  ['one bit', { bits: 1, grid: 'zeroExact', granularity: 'row' }],
  ['by groups', { bits: 4, granularity: { group: 4 } }],
  ['learned steps', { bits: 4, granularity: 'row', learnSteps: true }],
  ['noise', { bits: 4, granularity: 'row', noise: { key: key(5), rate: 0.5, block: 4 } }],
]
const backends: [string, Backend][] = [
  ['reference', reference],
  ['wasm', await openBackend('wasm')],
]

describe.each(backends)('a model prepared for quantization, on %s', (_, backend) => {
  it.each(ways)('%s: trains, and converts to whole numbers equal to the bit', async (_way, options) => {
    useBackend(backend)
    const model = makeModel()
    {
      using prepared = prepareForQuantization(model, options)
      await fit(model, prepared.parameters, (step) => {
        prepared.step = step
      })
      const artefact = await prepared.convert()
      prepared.training = false
      for (const [name, parameter] of namedParameters(model)) {
        using _value = scope()
        const used = new Uint32Array(((await parameter.value.data()) as Float32Array).buffer)
        const decoded = new Uint32Array(decode(artefact.tensors.get(name)!).buffer)
        expect(decoded).toEqual(used)
      }
      const quantized = [...artefact.tensors].filter(([, { scheme }]) => scheme === 'affine')
      expect(quantized.map(([name]) => name)).toEqual(['layers.0.weight', 'layers.1.weight'])
      for (const [, encoded] of quantized) {
        expect(encoded.scheme === 'affine' && encoded.codes.every((code) => code < 2 ** options.bits)).toBe(true)
      }
      // The same outputs, to the bit, from the codes alone.
      using _outputs = scope()
      const x = normal(key(9), [4, 8])
      const trained = await model.forward(x).data()
      using _used = useArtefact(model, artefact)
      expect(await model.forward(x).data()).toEqual(trained)
    }
    expect([...namedParameters(model).values()].every(({ transforms }) => transforms.length === 0)).toBe(true)
    useBackend(reference)
  })

  it.each(ways)('%s: leaves nothing behind when disposed', async (_way, options) => {
    useBackend(backend)
    const model = makeModel()
    const before = backend.memory().tensors
    {
      using prepared = prepareForQuantization(model, options)
      await prepared.convert()
      using _inner = scope()
      model.forward(normal(key(9), [4, 8]))
    }
    expect(backend.memory().tensors).toBe(before)
    useBackend(reference)
  })
})

describe('training with quantization', () => {
  it('ends better than quantization after training, at two bits', async () => {
    const options: PrepareOptions = { bits: 2, granularity: 'row' }
    const after = makeModel()
    await fit(after)
    const lossOf = async (model: Sequential): Promise<number> => {
      const x = normal(key(77), [256, 8])
      return meanSquaredError(model.forward(x), makeModel().forward(x).add(0.3)).item()
    }
    const artefact = await converted(after, options)
    const during = makeModel()
    using prepared = prepareForQuantization(during, { ...options, learnSteps: true })
    await fit(during, prepared.parameters)
    using _used = useArtefact(after, artefact)
    expect(await lossOf(during)).toBeLessThan(0.8 * (await lossOf(after)))
  })

  it('trains the steps too, where they are learned', async () => {
    const model = makeModel()
    using prepared = prepareForQuantization(model, { bits: 3, granularity: 'row', learnSteps: true })
    expect([...prepared.parameters.keys()]).toEqual(['layers.0.weight.step', 'layers.1.weight.step'])
    const [step] = [...prepared.parameters.values()]
    const before = [...(await step!.stored.data())]
    await fit(model, prepared.parameters)
    expect([...(await step!.stored.data())]).not.toEqual(before)
    step!.stored.assign(step!.stored.mul(-1))
    await expect(prepared.convert()).rejects.toThrow("a learned step of 'layers.0.weight' is not > 0")
  })

  it('leaves pruned weights at 0', async () => {
    const model = makeModel()
    const { weight } = model.layers[0] as Linear
    const mask = tensor(
      Float32Array.from({ length: 128 }, (_, index) => index % 2),
      { shape: [16, 8] },
    )
    weight.transforms.push((each) => each.mul(mask))
    using prepared = prepareForQuantization(model, { bits: 4 })
    await fit(model)
    const decoded = decode((await prepared.convert()).tensors.get('layers.0.weight')!)
    decoded.forEach((each, index) => index % 2 === 0 && expect(each).toBe(0))
  })

  it('says what it cannot prepare, before it changes anything', () => {
    const model = makeModel()
    expect(() => prepareForQuantization(model, { bits: 1, learnSteps: true })).toThrow('needs 2 bits or more')
    expect(() => prepareForQuantization(model, { bits: 4, granularity: { group: 5 } })).toThrow(
      'groups of 5 do not divide',
    )
    expect(() => prepareForQuantization(model, { bits: 4, noise: { key: key(1), rate: 2 } })).toThrow(
      'rate must be within',
    )
    expect([...namedParameters(model).values()].every(({ transforms }) => transforms.length === 0)).toBe(true)
  })
})

describe('quantization noise', () => {
  const weight = tensor(
    Float32Array.from({ length: 4096 }, (_, index) => Math.sin(index)),
    { shape: [64, 64] },
  )
  const quantize = fakeQuantize({ bits: 2 })
  const changed = async (rate: number, seed: number): Promise<boolean[]> => {
    const noisy = quantNoise(quantize, { rate, block: 8, key: () => key(seed) })(weight)
    const [before, after] = [await weight.data(), await noisy.data()]
    return Array.from(before, (each, index) => each !== after[index])
  }

  it('quantizes whole blocks, about as many as asked for, others at the next key', async () => {
    const flags = await changed(0.25, 1)
    const blocks = Array.from({ length: 512 }, (_, block) => flags.slice(8 * block, 8 * block + 8))
    // A weight may be on the grid already; of 8, hardly all.
    expect(blocks.every((block) => block.every((each) => !each) || block.filter(Boolean).length >= 6)).toBe(true)
    // Five standard deviations of 512 draws.
    const share = blocks.filter((block) => block.some(Boolean)).length / 512
    expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 512))
    expect(await changed(0.25, 1)).toEqual(flags)
    expect(await changed(0.25, 2)).not.toEqual(flags)
    expect((await changed(0, 1)).some(Boolean)).toBe(false)
    expect(await quantNoise(quantize, { rate: 1, key: () => key(1) })(weight).data()).toEqual(
      await quantize(weight).data(),
    )
  })

  it('lets the gradient through everywhere', async () => {
    const noisy = quantNoise(quantize, { rate: 0.5, key: () => key(1) })
    const { gradients } = valueAndGrad(() => sum(noisy(weight)), [weight])
    expect((await gradients[0]!.data()).every((each) => each === 1)).toBe(true)
  })

  it('says which blocks it cannot cut', () => {
    expect(() => quantNoise(quantize, { block: 7, key: () => key(1) })(weight)).toThrow(
      'blocks of 7 do not divide rows of 64',
    )
    expect(() => quantNoise(quantize, { block: 0, key: () => key(1) })).toThrow('block must be a whole number >= 1')
  })
})

describe('a codebook in training', () => {
  it('gets for each value the sum of the gradients of its weights', async () => {
    const model = new Linear({ inputSize: 8, outputSize: 4, key: key(3) })
    const encoded = codebook({ bits: 2 }).encode((await model.weight.stored.data()) as Float32Array, [4, 8])
    using tuned = tuneCodebook(model.weight, encoded)
    expect(await model.weight.value.data()).toEqual(decode(encoded))
    const upstream = normal(key(8), [4, 8])
    const { gradients } = valueAndGrad(() => sum(model.weight.value.mul(upstream)), [tuned.centroids.stored])
    const slopes = await upstream.data()
    const expected = [0, 0, 0, 0]
    encoded.codes.forEach((code, index) => {
      expected[code]! += slopes[index]!
    })
    const found = await gradients[0]!.data()
    // At most 32 numbers below 4, summed in f32.
    expected.forEach((each, code) => expect(Math.abs(found[code]! - each)).toBeLessThan(32 * 4 * 2 ** -24))
    tuned.centroids.stored.assign(tuned.centroids.stored.mul(2))
    expect((await tuned.encoded()).centroids).toEqual(encoded.centroids.map((each) => 2 * each))
    expect(() => tuneCodebook(model.weight, { ...encoded, shape: [8, 4] })).toThrow(
      '[8,4] for a parameter of shape [4,8]',
    )
  })

  it('is gone when disposed', async () => {
    const model = new Linear({ inputSize: 8, outputSize: 4, key: key(3) })
    const weight = (await model.weight.stored.data()) as Float32Array
    const before = reference.memory().tensors
    tuneCodebook(model.weight, codebook({ bits: 1 }).encode(weight, [4, 8]))[Symbol.dispose]()
    expect(await model.weight.value.data()).toEqual(weight)
    expect(reference.memory().tensors).toBe(before)
  })
})

describe('quantized inputs', () => {
  it('are each row on its own grid, with the gradient let through, until disposed', async () => {
    const model = makeModel()
    const x = normal(key(4), [3, 8])
    const plain = await model.forward(x).data()
    {
      using _inputs = quantizeInputs(model, Linear, { bits: 8 })
      expect(model.layers.every((layer) => layer instanceof QuantizedInput)).toBe(true)
      const rounded = await model.forward(x).data()
      expect(rounded).not.toEqual(plain)
      // 8 bits lose half of 1/127 of the largest input; two layers of weights below 1 make a little more of it.
      rounded.forEach((each, index) => expect(Math.abs(each - plain[index]!)).toBeLessThan(0.1))
      const alone = await model.forward(x.slice([1, 0], [2, 8])).data()
      expect([...alone]).toEqual([...rounded.slice(4, 8)])
      const { gradients } = valueAndGrad(() => sum(model.forward(x)), [x])
      expect((await gradients[0]!.data()).some((each) => each !== 0)).toBe(true)
    }
    expect(await model.forward(x).data()).toEqual(plain)
  })
})

it('a model on a backend that is not the one in use converts to the same', async () => {
  const [, wasm] = backends[1]!
  const options: PrepareOptions = { bits: 4, granularity: 'row', grid: 'zeroExact' }
  const convertOn = (there: Backend) => converted(withBackend(there, makeModel), options)
  expect((await convertOn(wasm)).tensors).toEqual((await convertOn(reference)).tensors)
})
