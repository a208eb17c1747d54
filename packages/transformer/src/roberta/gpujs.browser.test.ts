import { valueAndGrad } from '@tlc/autograd'
import { AdamW, finiteLoss, namedParameters, parameterTensors, SGD, trainStep } from '@tlc/nn'
import { type Backend, foldIn, key, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RobertaSizes, robertaConfig } from './config.ts'
import { type MaskedTokens, RobertaForMaskedLM } from './masked-lm.ts'

const small = { layers: 2, hiddenSize: 16, heads: 4, feedForwardSize: 32, vocabularySize: 14, maxLength: 8 }
const tiny = { layers: 1, hiddenSize: 4, heads: 2, feedForwardSize: 8, vocabularySize: 14, maxLength: 8 }
const seed = key(2020)

/** One text of padding, one that fills the length; three tokens are masked (id 4). */
function batch(): MaskedTokens {
  const integers = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'i32' })
  return {
    ids: integers([
      [0, 5, 4, 7, 2, 1, 1, 1],
      [0, 8, 9, 4, 11, 4, 13, 2],
    ]),
    positions: integers([2, 11, 13]),
    targets: integers([6, 10, 12]),
  }
}

function modelOf(sizes: RobertaSizes, dropout: number): RobertaForMaskedLM {
  const config = robertaConfig({ ...sizes, dropout, attentionDropout: dropout, initializerRange: 0.1 })
  return new RobertaForMaskedLM({ config, key: foldIn(seed, 0) })
}

/** The loss, the gradients, and the weights after one update, on a backend; each as one list of numbers. */
async function step(backend: Backend): Promise<ReadonlyMap<string, Float32Array>> {
  useBackend(backend)
  using _step = scope()
  const model = modelOf(small, 0.1)
  const weights = parameterTensors(model)
  const given = batch()
  const loss = (): Tensor => model.loss(given, { key: foldIn(seed, 1) })
  const { value, gradients } = valueAndGrad(loss, [...weights.values()])
  const numbers = new Map([['loss', (await value.data()) as Float32Array]])
  for (const [index, name] of [...weights.keys()].entries()) {
    numbers.set(`gradient of ${name}`, (await gradients[index]!.data()) as Float32Array)
  }
  // Some gradients are 0 but for roundings, of which a smaller ε would make whole steps.
  const optimizer = new AdamW(namedParameters(model), { epsilon: 1e-3 })
  trainStep({ optimizer, loss, microBatches: [0], learningRate: 0.01, maxNorm: 1 })
  for (const [name, weight] of parameterTensors(model)) numbers.set(name, (await weight.data()) as Float32Array)
  return numbers
}

/** The textures of all contexts that were not deleted. */
const textures = new Set<WebGLTexture>()
const { createTexture, deleteTexture } = WebGL2RenderingContext.prototype

beforeAll(() => {
  WebGL2RenderingContext.prototype.createTexture = function () {
    const texture = createTexture.call(this)
    textures.add(texture)
    return texture
  }
  WebGL2RenderingContext.prototype.deleteTexture = function (texture) {
    if (texture) textures.delete(texture)
    deleteTexture.call(this, texture)
  }
})
afterAll(() => {
  Object.assign(WebGL2RenderingContext.prototype, { createTexture, deleteTexture })
})

test('a step of masked language modelling on WebGL2 is that of the reference backend, with dropout', async () => {
  const [reference, webgl2] = [await openBackend('reference'), await openBackend('gpujs', { mode: 'webgl2' })]
  const expected = await step(reference)
  const actual = await step(webgl2)
  expect([...actual.keys()]).toEqual([...expected.keys()])
  for (const [name, should] of expected) {
    const is = actual.get(name)!
    const largest = should.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    const off = should.reduce((most, x, i) => Math.max(most, Math.abs(is[i]! - x)), 0)
    // Some hundred roundings of 2⁻²⁴ on the way; the gradients of the keys' biases are 0 but for those.
    expect(off, name).toBeLessThan(1e-5 * largest + 1e-8)
  }
  await webgl2.close()
})

test('a hundred steps on WebGL2 learn, and hold no more memory and textures than three; after closing there are none', async () => {
  expect(textures.size).toBe(0)
  const backend = await openBackend('gpujs', { mode: 'webgl2' })
  useBackend(backend)
  const model = modelOf(tiny, 0)
  const optimizer = new SGD(namedParameters(model))
  const given = batch()
  const losses: number[] = []
  const held = new Set<string>()
  for (let index = 0; index < 100; index++) {
    using _step = scope()
    const { loss } = trainStep({ optimizer, loss: () => model.loss(given), microBatches: [0], learningRate: 0.3 })
    losses.push(await finiteLoss(loss, index))
    if (index >= 2) held.add(`${backend.memory().bytes} bytes, ${textures.size} textures`)
  }
  expect(losses[0]).toBeGreaterThan(2)
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 2)
  expect([...held]).toHaveLength(1)
  await backend.close()
  expect(textures.size).toBe(0)
})
