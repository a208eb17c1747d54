import { AdamW, namedParameters, trainStep } from '@tlc/nn'
import { prunable, pruneToSparsity, sparsityOf } from '@tlc/prune'
import { gzipBytes, loadArtefact, quantizeModel, readArtefact, saveArtefact, useArtefact } from '@tlc/quant'
import { key, openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import {
  fromHuggingFaceConfig,
  RobertaForSequenceClassification,
  robertaConfig,
  toHuggingFaceConfig,
} from '@tlc/transformer'
import { expect, test } from 'vitest'

test('a classifier is trained, pruned, trained again and quantized in a browser, and still tells texts apart', async () => {
  useBackend(await openBackend('wasm'))
  const sizes = { layers: 1, hiddenSize: 16, heads: 2, feedForwardSize: 32, vocabularySize: 14, maxLength: 8 }
  const config = robertaConfig({ ...sizes, initializerRange: 0.1 })
  const model = new RobertaForSequenceClassification({ config, labels: 2, key: key(3) })
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
  await pruneToSparsity(prunable(model), 0.5)
  train(60)
  const { artefact } = await quantizeModel(model, { bits: 8, granularity: 'row', grid: 'zeroExact' })
  const description = toHuggingFaceConfig({
    ...{ config, architecture: 'RobertaForSequenceClassification', labelNames: ['same', 'different'] },
  })
  const { file, ledger } = saveArtefact({ ...artefact, config: JSON.stringify(description) })
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

  using _quantized = useArtefact(model, read)

  expect([...(await model.forward(ids).argMax().data())]).toEqual([0, 1, 0, 1])
  expect(await model.loss({ ids, labels }).item()).toBeLessThan(0.1)
  expect((await sparsityOf(prunable(model))).sparsity).toBeCloseTo(0.5, 2)
})
