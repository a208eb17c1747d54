import { valueAndGrad } from '@tlc/autograd'
import { countParameters, namedParameters, parameterTensors } from '@tlc/nn'
import { key, openBackend, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { robertaConfig, type Sharing } from './config.ts'
import { parameterCounts, trainingFlops } from './flops.ts'
import { RobertaForMaskedLM } from './masked-lm.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const configOf = (sharing: Sharing) =>
  robertaConfig({
    ...{ layers: 3, hiddenSize: 4, heads: 2, feedForwardSize: 6, vocabularySize: 9, maxLength: 5 },
    ...{ sharing, initializerRange: 0.5, dropout: 0, attentionDropout: 0 },
  })
const modelOf = (sharing: Sharing): RobertaForMaskedLM =>
  new RobertaForMaskedLM({ config: configOf(sharing), key: key(1) })
const batch = () => ({
  ids: tensor([[0, 5, 6, 7, 2]], { dtype: 'i32' }),
  positions: tensor([1, 3], { dtype: 'i32' }),
  targets: tensor([8, 3], { dtype: 'i32' }),
})
const layerOf = (name: string): string | undefined => /layer\.(\d)\./.exec(name)?.[1]

describe.each(['layers', 'attention'] as const)('layers that share their %s', (sharing) => {
  const shared = (name: string): boolean => sharing === 'layers' || name.includes('.attention.')

  test('have shared parameters once, under the first layer, and are counted so', () => {
    const model = modelOf(sharing)
    const names = [...namedParameters(modelOf('none')).keys()]
    const expected = names.filter((name) => (layerOf(name) ?? '0') === '0' || !shared(name))
    expect(new Set(namedParameters(model).keys())).toEqual(new Set(expected))
    expect(parameterCounts(configOf(sharing)).total).toBe(countParameters(model))
    expect(trainingFlops(configOf(sharing), 2, 5)).toBe(trainingFlops(configOf('none'), 2, 5))
  })

  test('compute what equal layers compute, and the gradient of a shared one is the sum of theirs', async () => {
    const model = modelOf(sharing)
    const unshared = modelOf('none')
    const own = parameterTensors(model)
    const first = (name: string): string => (shared(name) ? name.replace(/layer\.\d\./, 'layer.0.') : name)
    for (const [name, x] of parameterTensors(unshared)) {
      const source = own.get(name) ?? own.get(first(name))!
      x.assign(tensor((await source.data()) as Float32Array, { shape: x.shape }))
    }
    const run = (each: RobertaForMaskedLM) =>
      valueAndGrad(() => each.loss(batch()), Object.fromEntries(parameterTensors(each)))
    const [a, b] = [run(model), run(unshared)]
    expect(await a.value.item()).toBe(await b.value.item())
    const sums = new Map<string, Tensor>()
    for (const [name, gradient] of Object.entries(b.gradients)) {
      const target = own.has(name) ? name : first(name)
      sums.set(target, sums.get(target)?.add(gradient) ?? gradient)
    }
    for (const [name, gradient] of Object.entries(a.gradients)) {
      const off = (await gradient.sub(sums.get(name)!).data()).map(Math.abs) as Float32Array
      // Three terms in another order, each of size 1 or less: some roundings of 2⁻²⁴.
      expect(Math.max(...off), name).toBeLessThan(1e-6)
    }
  })

  test('come back from their files, where each weight is once', async () => {
    const model = modelOf(sharing)
    const files = await model.encodePretrained()
    const loaded = await RobertaForMaskedLM.fromPretrained(files)
    expect(loaded.roberta.config).toEqual(configOf(sharing))
    const { ids, positions } = batch()
    expect(await loaded.forward(ids, positions).data()).toEqual(await model.forward(ids, positions).data())
    expect(countParameters(loaded)).toBe(countParameters(model))
    expect(JSON.parse(new TextDecoder().decode(files.get('config.json'))).model_type).toBe('tlc-roberta')
  })
})
