import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode, readArtefact } from '@tlc/quant'
import { readGguf } from '@tlc/quant/gguf'
import { openBackend, tensor, useBackend } from '@tlc/tensor'
import { RobertaForSequenceClassification } from '@tlc/transformer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadModel } from '../src/tasks/load-model.ts'
import { labelledReviews, saveTinyModel } from './tiny-models.ts'
import { type Outcome, scratch, tlc } from './tlc.ts'

let root: string
const at = (name: string): string => join(root, name)
const run = (...parameters: readonly string[]): Promise<Outcome> => tlc(parameters)
const backend = await openBackend('wasm', { threads: 1 })

beforeAll(async () => {
  useBackend(backend)
  root = await scratch()
  await saveTinyModel(at('model'), labelledReviews(200, 3))
  await writeFile(
    at('recipe.json'),
    JSON.stringify([
      { prune: { sparsity: 0.5, structure: 'heads' } },
      { quantize: { scheme: 'q8_0', include: ['word_embeddings', 'intermediate.dense.weight'] } },
      {
        quantize: {
          bits: 8,
          granularity: 'row',
          grid: 'symmetric',
          exclude: ['word_embeddings', 'intermediate.dense.weight'],
        },
      },
    ]),
  )
  const made = await run('compress', '--model', at('model'), '--recipe', at('recipe.json'), '--out', at('small'))
  expect(made, made.stderr).toMatchObject({ status: 0 })
}, 60_000)
afterAll(async () => {
  await rm(root, { recursive: true })
  await backend.close()
})

const artefact = async () => readArtefact(await readFile(join(at('small'), 'compressed.safetensors')))

async function logitsOf(folder: string): Promise<number[]> {
  const { model } = await loadModel(folder)
  const ids = tensor([0, 265, 270, 280, 2, 0, 300, 310, 2, 1], { shape: [2, 5], dtype: 'i32' })
  return [...(await (model as RobertaForSequenceClassification).forward(ids).data())]
}

describe('tlc export', () => {
  test('--to safetensors leaves a folder of Hugging Face that computes what the artefact does', async () => {
    const { status, stdout, stderr } = await run(
      'export',
      at('small'),
      '--to',
      'safetensors',
      '--out',
      at('dense'),
      '--json',
    )
    expect(status, stderr).toBe(0)
    const bytes = (
      await Promise.all(
        ['config.json', 'model.safetensors', 'tokenizer.json'].map((name) => readFile(join(at('dense'), name))),
      )
    ).reduce((sum, { length }) => sum + length, 0)
    expect(JSON.parse(stdout)).toEqual({ phase: 'done', out: at('dense'), to: 'safetensors', bytes })
    expect(await logitsOf(at('dense'))).toEqual(await logitsOf(at('small')))
    const model = await RobertaForSequenceClassification.fromPretrained(at('dense'))
    expect(model.labelNames).toEqual(['bad', 'good'])
    // It is a model like any other: it can be compressed again.
    const again = await run('quantize', '--model', at('dense'), '--scheme', 'q4_0', '--out', at('again'))
    expect(again, again.stderr).toMatchObject({ status: 0 })
  })

  test('--to gguf keeps blocks and decodes the rest', async () => {
    const { status, stderr } = await run('export', at('small'), '--to', 'gguf', '--out', at('deep/small.gguf'))
    expect(status, stderr).toBe(0)
    const { tensors, metadata } = readGguf(new Uint8Array(await readFile(at('deep/small.gguf'))))
    const source = await artefact()
    expect([...tensors.keys()]).toEqual([...source.tensors.keys()])
    for (const [name, written] of tensors) {
      const encoded = source.tensors.get(name)!
      if (encoded.scheme === 'q8_0') expect(written).toEqual(encoded)
      else expect(written).toEqual({ scheme: 'f32', shape: encoded.shape, values: decode(encoded) })
    }
    expect([...tensors.values()].filter(({ scheme }) => scheme === 'q8_0')).toHaveLength(2)
    const text = (name: string) => metadata.get(name)?.value
    expect(text('general.architecture')).toBe('tlc-roberta') // of a shape that Hugging Face does not have
    expect(text('general.name')).toBe('small')
    expect([text('tlc.recipe'), text('tlc.parent'), text('tlc.config')]).toEqual([
      source.recipe,
      source.parent,
      source.config,
    ])
  })

  test('--to gguf of a model that is not compressed is f32', async () => {
    expect(await run('export', at('model'), '--to', 'gguf', '--out', at('model.gguf'))).toMatchObject({ status: 0 })
    const { tensors } = readGguf(await readFile(at('model.gguf')))
    expect(new Set([...tensors.values()].map(({ scheme }) => scheme))).toEqual(new Set(['f32']))
  })
})
