import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openBackend, tensor, useBackend } from '@tlc/tensor'
import type { RobertaForSequenceClassification } from '@tlc/transformer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadModel } from '../src/tasks/load-model.ts'
import { runOnnx } from './run-onnx.ts'
import { labelledReviews, saveTinyModel } from './tiny-models.ts'
import { scratch, tlc } from './tlc.ts'

let root: string
const at = (name: string): string => join(root, name)
const backend = await openBackend('wasm', { threads: 1 })

beforeAll(async () => {
  useBackend(backend)
  root = await scratch()
  await saveTinyModel(at('model'), labelledReviews(200, 3))
  const options = ['--bits', '8', '--granularity', 'row', '--grid', 'symmetric', '--out', at('int8')]
  const made = await tlc(['quantize', '--model', at('model'), ...options])
  expect(made, made.stderr).toMatchObject({ status: 0 })
}, 60_000)
afterAll(async () => {
  await rm(root, { recursive: true })
  await backend.close()
})

test.each([
  ['model', []],
  ['int8', []],
  ['int8', ['--form', 'nbits']],
])('tlc export %s --to onnx %s: the file gives the numbers of the folder', async (folder, options) => {
  const out = at('model.onnx')
  const exported = await tlc(['export', at(folder), '--to', 'onnx', '--out', out, ...options])
  expect(exported, exported.stderr).toMatchObject({ status: 0 })
  const ids = tensor([0, 265, 270, 280, 2, 0, 300, 310, 2, 1], { shape: [2, 5], dtype: 'i32' })
  const mask = ids.equal(1).cast('i32').neg().add(1)
  const { logits } = await runOnnx(await readFile(out), { input_ids: ids, attention_mask: mask })
  const { model } = await loadModel(at(folder))
  const expected = await (model as RobertaForSequenceClassification).forward(ids).data()
  // A few hundred f32 roundings in an order of its own.
  expected.forEach((value, index) => expect(logits!.data[index]).toBeCloseTo(value, 5))
})
