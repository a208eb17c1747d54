import { gradcheck, valueAndGrad } from '@tlc/autograd'
import { countParameters, namedParameters, parameterTensors } from '@tlc/nn'
import { type Backend, crossEntropy, key, openBackend, type Tensor, tensor, useBackend, withBackend } from '@tlc/tensor'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { smallModel } from '../../test/translation-decoding.ts'
import { translationConfig } from './config.ts'
import { translationParameterCounts, translationTrainingFlops } from './flops.ts'
import { TransformerForTranslation } from './model.ts'
import { translationGrid, translationPresets } from './presets.ts'

let wasm: Backend
beforeAll(async () => {
  wasm = await openBackend('wasm', { threads: 1 })
})
beforeEach(() => useBackend(wasm))
afterAll(() => wasm.close())

const ids = (rows: number[][]): Tensor => tensor(rows, { dtype: 'i32' })
const pairs = () => ({
  source: ids([
    [0, 5, 6, 7, 2],
    [0, 8, 2, 1, 1],
  ]),
  target: ids([
    [0, 9, 2, 1, 1, 1],
    [0, 10, 11, 12, 13, 2],
  ]),
})

describe('the loss', () => {
  test('is the mean over tokens that are no padding, each guessed from those before it', async () => {
    const model = smallModel({ dropout: 0 })
    const { source, target } = pairs()
    const alone = async (row: number, sourceLength: number, targetLength: number): Promise<number> => {
      const logits = model.forward(
        source.slice([row], [row + 1, sourceLength]),
        target.slice([row], [row + 1, targetLength - 1]),
      )
      const labels = target.slice([row, 1], [row + 1, targetLength]).reshape([-1])
      return crossEntropy(logits.reshape([-1, 40]), labels, { reduction: 'sum', labelSmoothing: 0.1 }).item()
    }
    // 2 tokens of the first target and 5 of the second are guessed; padding of sources and targets is nothing to see.
    const expected = ((await alone(0, 5, 3)) + (await alone(1, 3, 6))) / 7
    expect(await model.loss(pairs(), { labelSmoothing: 0.1 }).item()).toBeCloseTo(expected, 5)
  })

  test('does not depend on tokens that come later', async () => {
    const model = smallModel()
    const logits = async (last: number): Promise<Float32Array> => {
      const all = model.forward(ids([[0, 5, 2]]), ids([[0, 6, 7, last]]))
      return (await all.slice([0, 0], [1, 3]).data()) as Float32Array
    }
    expect(await logits(8)).toEqual(await logits(9))
  })

  test('is the same to the bit when layers run again in the backward pass, and so are its gradients but for the order of sums', async () => {
    const model = smallModel({ attentionDropout: 0.1 })
    const inputs = Object.fromEntries(parameterTensors(model))
    const run = (recompute: boolean) =>
      valueAndGrad(() => model.loss(pairs(), { key: key(3), recompute, labelSmoothing: 0.1 }), inputs)
    const [plain, again] = [run(false), run(true)]
    expect(await again.value.item()).toBe(await plain.value.item())
    for (const name of Object.keys(inputs)) {
      const [expected, actual] = [await plain.gradients[name]!.data(), await again.gradients[name]!.data()]
      // The encoder's output goes to keys and values of each layer, whose cotangents are added in another order: roundings
      // of 2⁻²⁴ in sums whose terms are below 4.
      expected.forEach((x, index) => expect(Math.abs(x - actual[index]!), name).toBeLessThanOrEqual(1e-6))
    }
  })

  test('has the gradients that differences have, through the table of words in its three places, too', async () => {
    const backend = await openBackend('reference', { precision: 'float64' })
    // gelu, since differences cross the corner of relu.
    const model = withBackend(backend, () =>
      smallModel({
        activation: 'gelu',
        positions: 'learned',
        hiddenSize: 8,
        heads: 2,
        encoderLayers: 1,
        decoderLayers: 1,
      }),
    )
    const names = ['words.weight', 'sourceEmbeddings.positions.table.weight', 'targetEmbeddings.positions.table.weight']
    const parameters = names.map((name) => namedParameters(model).get(name)!)
    const lossOf = (weights: readonly Tensor[]): Tensor => {
      parameters.forEach(({ transforms }, index) => transforms.splice(0, 1, () => weights[index]!))
      return model.loss(withBackend(backend, pairs), { labelSmoothing: 0.1 })
    }
    useBackend(backend)
    // In float64 only the four-point formula is off, by about step⁴ = 1e-12 times how much the loss bends.
    await gradcheck(
      lossOf,
      parameters.map(({ stored }) => stored),
      { name: 'loss', step: 2 ** -10, tolerance: 1e-6, noise: 1e-13 },
    )
  })

  test('draws dropout from its key, and has none without', async () => {
    const model = smallModel({ attentionDropout: 0.1 })
    const loss = (seed?: number): Promise<number> =>
      model.loss(pairs(), seed === undefined ? {} : { key: key(seed) }).item()
    expect(await loss(1)).toBe(await loss(1))
    expect(await loss(1)).not.toBe(await loss(2))
    expect(await loss()).toBe(await smallModel({ dropout: 0 }).loss(pairs()).item())
  })

  test('of ids that are no matrix, or too long, is an error', () => {
    const model = smallModel()
    const long = tensor(new Int32Array(25), { shape: [1, 25], dtype: 'i32' })
    expect(() => model.encode(long)).toThrow('expected i32[batch, length] with length 1 to 24; cut longer texts')
    expect(() => model.encode(tensor([1, 2], { dtype: 'i32' }))).toThrow('source ids are')
    expect(() => model.loss({ source: ids([[5]]), target: ids([[0]]) })).toThrow('target ids are')
  })
})

describe('the parameters', () => {
  test('have one table of words for source, target and output', () => {
    const names = [...namedParameters(smallModel()).keys()]
    expect(names.filter((name) => /words|projection|table/.test(name))).toEqual(['words.weight'])
    expect(names.filter((name) => name.startsWith('decoder.layer.1.'))).toEqual(
      [
        ...['query', 'key', 'value', 'output'].flatMap((each) => [
          `selfAttention.${each}.weight`,
          `selfAttention.${each}.bias`,
        ]),
        'selfAttentionResidual.norm.weight',
        'selfAttentionResidual.norm.bias',
        ...['query', 'key', 'value', 'output'].flatMap((each) => [
          `sourceAttention.${each}.weight`,
          `sourceAttention.${each}.bias`,
        ]),
        'sourceAttentionResidual.norm.weight',
        'sourceAttentionResidual.norm.bias',
        'feedForward.inner.weight',
        'feedForward.inner.bias',
        'feedForward.outer.weight',
        'feedForward.outer.bias',
        'feedForwardResidual.norm.weight',
        'feedForwardResidual.norm.bias',
      ].map((name) => `decoder.layer.1.${name}`),
    )
  })

  test.each(['post', 'pre'] as const)('are as many as are counted without making them: %s-norm', (normalization) => {
    for (const positions of ['sinusoidal', 'learned'] as const) {
      const model = smallModel({ normalization, positions, encoderLayers: 3 })
      expect(translationParameterCounts(model.config).total).toBe(countParameters(model))
    }
  })

  test('of the paper’s models are 63 and 214 million with its 37,000 English-German words', () => {
    // Table 3 says 65 and 213 million, rounded, and leaves open what it counts.
    const count = (name: 'base' | 'big'): number =>
      translationParameterCounts(translationConfig({ ...translationPresets[name], vocabularySize: 37_000 })).total
    expect(count('base') / 1e6).toBeCloseTo(63, 0)
    expect(count('big') / 1e6).toBeCloseTo(214, 0)
  })

  test('of the scaled grid have the pair that separates width from size', () => {
    // 28 L H² weights, without biases and normalizations.
    const weights = ({ encoderLayers, hiddenSize }: { encoderLayers: number; hiddenSize: number }) =>
      28 * encoderLayers * hiddenSize ** 2
    expect(weights(translationGrid.deep)).toBe(458_752)
    expect(weights(translationGrid.shallowWide)).toBe(458_752)
    for (const sizes of Object.values(translationGrid)) {
      const { encoder, decoder } = translationParameterCounts(translationConfig(sizes))
      expect((encoder + decoder) / weights(sizes)).toBeGreaterThan(1)
      expect((encoder + decoder) / weights(sizes)).toBeLessThan(1.05)
    }
  })

  test('and the scores of attention make the operations of a step', () => {
    const config = translationConfig({ ...translationGrid.base, vocabularySize: 8192 })
    const { encoder, decoder } = translationParameterCounts(config)
    const one = translationTrainingFlops(config, 1, 1, 1)
    // One token each: products with all weights, and 5 scores-and-sums of 64 features in 2 + 2 · 2 attentions.
    expect(one).toBe(6 * (encoder + decoder + 8192 * 64) + 12 * 64 * (2 + 4))
    expect(translationTrainingFlops(config, 3, 1, 1)).toBe(3 * one)
  })
})

test('a model is made from another key with other weights, and words start about as long as positions', async () => {
  const config = translationConfig({ ...translationGrid.base, vocabularySize: 500 })
  const [a, b] = [1, 2].map((seed) => new TransformerForTranslation({ config, key: key(seed) }))
  expect(await a!.words.weight.stored.data()).not.toEqual(await b!.words.weight.stored.data())
  const words = (await a!.words.weight.stored.data()) as Float32Array
  const square = words.reduce((sum, x) => sum + x * x, 0) / words.length
  // Truncation at two deviations leaves 0.88 of 1/√64; one row of 500, padding, is 0.
  expect(Math.sqrt(square * 64)).toBeCloseTo(0.88, 1)
})
