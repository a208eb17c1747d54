import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeTensors, namedParameters, parameterTensors, parseSafetensors } from '@tlc/nn'
import { type Backend, key, openBackend, tensor, useBackend } from '@tlc/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RobertaForSequenceClassification } from '../roberta/classification.ts'
import { robertaConfig } from '../roberta/config.ts'
import { RobertaForMaskedLM } from '../roberta/masked-lm.ts'
import { trainTokenizer } from '../tokenizer/index.ts'
import { loadRoberta, saveRoberta } from './roberta-folder.ts'

const config = robertaConfig({
  layers: 1,
  hiddenSize: 4,
  heads: 2,
  feedForwardSize: 6,
  vocabularySize: 300,
  maxLength: 6,
})
const ids = () => tensor([[0, 5, 6, 2]], { dtype: 'i32' })

let backend: Backend
let root: string
beforeAll(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
  root = await mkdtemp(join(tmpdir(), 'tlc-roberta-'))
})
afterAll(() => rm(root, { recursive: true }))

describe('a model in a folder', () => {
  test('comes back with its head, its weights and its tokenizer', async () => {
    const tokenizer = trainTokenizer(['to be or not to be'], { vocabularySize: 265 })
    const classifier = new RobertaForSequenceClassification({ config, labels: 3, key: key(1) })
    await saveRoberta(join(root, 'classifier'), classifier, tokenizer)
    const { model, tokenizer: loaded } = await loadRoberta(join(root, 'classifier'))
    expect(model).toBeInstanceOf(RobertaForSequenceClassification)
    if (!(model instanceof RobertaForSequenceClassification)) return
    expect(model.roberta.config).toEqual(config)
    expect(await model.forward(ids()).data()).toEqual(await classifier.forward(ids()).data())
    expect(loaded!.encode('to be')).toEqual(tokenizer.encode('to be'))
  })

  test('has the files, names and layout of Hugging Face, the tied weight once', async () => {
    const model = new RobertaForMaskedLM({ config, key: key(2) })
    await saveRoberta(join(root, 'mlm'), model)
    expect((await readdir(join(root, 'mlm'))).sort((a, b) => a.localeCompare(b))).toEqual([
      'config.json',
      'model.safetensors',
    ])
    const { tensors, metadata } = parseSafetensors(await readFile(join(root, 'mlm', 'model.safetensors')))
    expect(metadata.get('format')).toBe('pt')
    expect(new Set(tensors.keys())).toEqual(new Set(namedParameters(model).keys()))
    expect(tensors.has('lm_head.decoder.weight')).toBe(false)
    const loaded = (await loadRoberta(join(root, 'mlm'))).model as RobertaForMaskedLM
    expect(loaded.roberta.embeddings.word_embeddings.weight).toBe(
      (loaded.lm_head.decoder as unknown as { weight: unknown }).weight,
    )
  })

  test('is read also with the copies and extras that other writers put in', async () => {
    const folder = join(root, 'extras')
    const model = new RobertaForMaskedLM({ config, key: key(3) })
    await saveRoberta(folder, model)
    const tensors = parameterTensors(model)
    const extras = new Map([
      ...tensors,
      ['lm_head.decoder.weight', tensors.get('roberta.embeddings.word_embeddings.weight')!],
      ['lm_head.decoder.bias', tensors.get('lm_head.bias')!],
      ['roberta.embeddings.position_ids', tensor([[0, 1]], { dtype: 'i32' })],
    ])
    await writeFile(join(folder, 'model.safetensors'), await encodeTensors(extras))
    const loaded = (await loadRoberta(folder)).model as RobertaForMaskedLM
    const positions = tensor([1], { dtype: 'i32' })
    expect(await loaded.forward(ids(), positions).data()).toEqual(await model.forward(ids(), positions).data())
  })

  test('that is damaged or incomplete is refused, with its folder and what is wrong, and nothing is left in memory', async () => {
    const folder = join(root, 'damaged')
    await saveRoberta(folder, new RobertaForMaskedLM({ config, key: key(4) }))
    const { tensors } = backend.memory()
    const json = await readFile(join(folder, 'config.json'), 'utf8')
    await writeFile(join(folder, 'config.json'), json.replace('"intermediate_size": 6', '"intermediate_size": 7'))
    await expect(loadRoberta(folder)).rejects.toThrow('intermediate.dense.weight is f32[6, 4], expected f32[7, 4]')
    await truncate(join(folder, 'model.safetensors'), 1000)
    await expect(loadRoberta(folder)).rejects.toThrow(`no model can be read from ${folder}: safetensors: `)
    await rm(join(folder, 'model.safetensors'))
    await expect(loadRoberta(folder)).rejects.toThrow('model.safetensors is missing; there are config.json')
    await writeFile(join(folder, 'config.json'), '{"model_type"')
    await expect(loadRoberta(folder)).rejects.toThrow('config.json is no JSON; it is cut off or damaged')
    expect(backend.memory().tensors).toBe(tensors)
  })
})
