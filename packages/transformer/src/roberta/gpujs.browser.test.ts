import { valueAndGrad } from '@tlc/autograd'
import { AdamW, finiteLoss, namedParameters, parameterTensors, trainStep } from '@tlc/nn'
import { type Backend, foldIn, key, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { robertaConfig } from './config.ts'
import { type MaskedTokens, RobertaForMaskedLM } from './masked-lm.ts'

const sizes = { layers: 2, hiddenSize: 16, heads: 4, feedForwardSize: 32, vocabularySize: 14, maxLength: 8 }
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

function modelOf(dropout: number): RobertaForMaskedLM {
  const config = robertaConfig({ ...sizes, dropout, attentionDropout: dropout, initializerRange: 0.1 })
  return new RobertaForMaskedLM({ config, key: foldIn(seed, 0) })
}

/** The loss, the gradients, and the weights after one update, on a backend; each as one list of numbers. */
async function step(backend: Backend): Promise<ReadonlyMap<string, Float32Array>> {
  useBackend(backend)
  using _step = scope()
  const model = modelOf(0.1)
  const weights = parameterTensors(model)
  const given = batch()
  const loss = (): Tensor => model.loss(given, { key: foldIn(seed, 1) })
  const { value, gradients } = valueAndGrad(loss, [...weights.values()])
  const numbers = new Map([['loss', (await value.data()) as Float32Array]])
  for (const [index, name] of [...weights.keys()].entries()) {
    numbers.set(`gradient of ${name}`, (await gradients[index]!.data()) as Float32Array)
  }
  trainStep({ optimizer: new AdamW(namedParameters(model)), loss, microBatches: [0], learningRate: 0.01, maxNorm: 1 })
  for (const [name, weight] of parameterTensors(model)) numbers.set(name, (await weight.data()) as Float32Array)
  return numbers
}

/** Counts the textures of all contexts that are alive. */
const textures = { alive: 0 }
const { createTexture, deleteTexture } = WebGL2RenderingContext.prototype

beforeAll(() => {
  WebGL2RenderingContext.prototype.createTexture = function () {
    textures.alive++
    return createTexture.call(this)
  }
  WebGL2RenderingContext.prototype.deleteTexture = function (texture) {
    if (texture) textures.alive--
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
    console.log(name, off / largest, largest)
    expect(off, name).toBeLessThan(1e-4 * largest)
  }
  await webgl2.close()
})

test('a hundred steps on WebGL2 learn one batch, and hold no more tensors and textures than a few', async () => {
  const backend = await openBackend('gpujs', { mode: 'webgl2' })
  useBackend(backend)
  const model = modelOf(0)
  const optimizer = new AdamW(namedParameters(model))
  const given = batch()
  const held: (readonly [bytes: number, textures: number])[] = []
  const losses: number[] = []
  for (let index = 0; index < 100; index++) {
    using _step = scope()
    const { loss } = trainStep({ optimizer, loss: () => model.loss(given), microBatches: [0], learningRate: 0.01 })
    losses.push(await finiteLoss(loss, index))
    held.push([backend.memory().bytes, textures.alive])
  }
  console.log(losses[0], losses.at(-1), held.slice(0, 3), held.at(-1))
  expect(losses[0]).toBeGreaterThan(2)
  expect(losses.at(-1)).toBeLessThan(0.1)
  expect(held.slice(2)).toEqual(held.slice(2).map(() => held[2]))
  await backend.close()
  console.log(textures.alive)
})
