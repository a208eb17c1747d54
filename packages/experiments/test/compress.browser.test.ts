import { compressModel, deploy, parseRecipe } from '@tlc/experiments/compression'
import { AdamW, loadParameters, namedParameters, parameterTensors, trainStep } from '@tlc/nn'
import { prunable, sparsityOf } from '@tlc/prune'
import { gzipBytes, loadArtefact, readArtefact, useArtefact } from '@tlc/quant'
import { key, openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import {
  fromHuggingFaceConfig,
  RobertaForSequenceClassification,
  robertaConfig,
  toHuggingFaceConfig,
} from '@tlc/transformer'
import { expect, test } from 'vitest'

test('a classifier is trained, compressed by a recipe and deployed in a browser, and still tells texts apart', async () => {
  useBackend(await openBackend('wasm'))
  const sizes = { layers: 1, hiddenSize: 16, heads: 2, feedForwardSize: 32, vocabularySize: 14, maxLength: 8 }
  const config = robertaConfig({ ...sizes, initializerRange: 0.1 })
  const create = (seed: number) => new RobertaForSequenceClassification({ config, labels: 2, key: key(seed) })
  const model = create(3)
  const optimizer = new AdamW(namedParameters(model))
  const ids = tensor([0, 5, 6, 2, 0, 6, 5, 2, 0, 5, 5, 2, 0, 6, 6, 2], { shape: [4, 4], dtype: 'i32' })
  const labels = tensor([0, 1, 0, 1], { dtype: 'i32' })
  const train = (steps: number): void => {
    for (let step = 0; step < steps; step++) {
      using _step = scope()
      trainStep({ optimizer, loss: () => model.loss({ ids, labels }), microBatches: [0], learningRate: 0.01 })
    }
  }

  train(60)
  const teacher = create(4)
  loadParameters(teacher, parameterTensors(model))
  const description = toHuggingFaceConfig({
    ...{ config, architecture: 'RobertaForSequenceClassification', labelNames: ['same', 'different'] },
  })
  const { file, ledger, summaries } = await compressModel({
    model,
    recipe: parseRecipe([
      { prune: { sparsity: 0.5 } },
      { finetune: { steps: 60, batchSize: 4, learningRate: 0.01, distill: {} } },
      { quantize: { bits: 8, granularity: 'row', grid: 'symmetric' } },
      { encode: { entropy: 'huffman' } },
    ]),
    task: {
      logits: (used, { ids }, options) => used.forward(ids, options),
      targets: ({ labels }) => labels,
      trainingBatch: () => [{ ids, labels }],
      calibration: () => [{ ids, labels }],
      teacher: async () => teacher,
    },
    config: () => JSON.stringify(description),
  })
  expect(summaries).toHaveLength(4)
  expect(ledger.headerLength + ledger.header + ledger.headerPadding + ledger.tensorBytes).toBe(file.length)
  expect(await gzipBytes(file)).toBeLessThan(file.length)

  // The file alone makes the model again.
  const read = readArtefact(file)
  const other = new RobertaForSequenceClassification({
    config: fromHuggingFaceConfig(JSON.parse(read.config!)).config,
    ...{ labels: 2, key: key(4) },
  })
  loadArtefact(other, read)
  expect([...(await other.forward(ids).argMax().data())]).toEqual([0, 1, 0, 1])

  // In layers that compute with the numbers of the file, where those are faster here.
  const layers = await deploy(other, read, { sample: () => other.forward(ids), rounds: 3, secondsPerRound: 0.002 })
  expect(layers).toHaveLength(8)
  expect([...(await other.forward(ids).argMax().data())]).toEqual([0, 1, 0, 1])

  using _quantized = useArtefact(model, read)
  expect([...(await model.forward(ids).argMax().data())]).toEqual([0, 1, 0, 1])
  expect(await model.loss({ ids, labels }).item()).toBeLessThan(0.1)
  expect((await sparsityOf(prunable(model))).sparsity).toBeCloseTo(0.5, 2)
})
