import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Backend, key, openBackend, tensor, useBackend } from '@tlc/tensor'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RobertaForSequenceClassification } from '../roberta/classification.ts'
import { robertaConfig } from '../roberta/config.ts'
import { RobertaForMaskedLM } from '../roberta/masked-lm.ts'
import { RobertaModel } from '../roberta/model.ts'
import { RobertaForTokenClassification } from '../roberta/token-classification.ts'
import { Tokenizer, trainTokenizer } from '../tokenizer/index.ts'
import { loadPretrained, readPretrained, writePretrained } from './index.ts'

const config = robertaConfig({
  ...{ layers: 1, hiddenSize: 4, heads: 2, feedForwardSize: 6, vocabularySize: 300, maxLength: 6 },
  initializerRange: 0.5,
})
const ids = () => tensor([[0, 5, 6, 2]], { dtype: 'i32' })
const positions = () => tensor([1, 2], { dtype: 'i32' })
const tokenizer = trainTokenizer(['to be or not to be'], { vocabularySize: 264 })
const text = (file: Uint8Array | undefined): string => new TextDecoder().decode(file)
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content)

let backend: Backend
let root: string
let folder: string
let model: RobertaForMaskedLM
beforeAll(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
  root = await mkdtemp(join(tmpdir(), 'tlc-pretrained-'))
  model = new RobertaForMaskedLM({ config, key: key(1) })
})
afterAll(() => rm(root, { recursive: true }))
let made = 0
beforeEach(() => {
  folder = join(root, `model-${made++}`)
})
const sorted = async (path: string): Promise<string[]> => (await readdir(path)).sort()
const logits = (of: RobertaForMaskedLM) => of.forward(ids(), positions()).data()

describe('a model in a folder', () => {
  test('comes back with its bits, its configuration and its tokenizer, and its files are those of Hugging Face', async () => {
    await model.savePretrained(folder, { tokenizer })
    expect(await sorted(folder)).toEqual(['config.json', 'model.safetensors', 'tokenizer.json'])
    for (const source of [folder, pathToFileURL(folder), pathToFileURL(folder).href]) {
      const loaded = await loadPretrained(source)
      expect(loaded.model).toBeInstanceOf(RobertaForMaskedLM)
      expect(loaded.model.describe().config).toEqual(config)
      expect(await logits(loaded.model as RobertaForMaskedLM)).toEqual(await logits(model))
      expect(loaded.tokenizer!.encode('to be')).toEqual(tokenizer.encode('to be'))
    }
    const { roberta, lm_head: head } = await RobertaForMaskedLM.fromPretrained(folder)
    expect((head.decoder as unknown as { weight: unknown }).weight).toBe(roberta.embeddings.word_embeddings.weight)
  })

  test('comes back from shards, which replace the one file that was there, and other files stay', async () => {
    await model.savePretrained(folder)
    await writeFile(join(folder, 'README.md'), 'mine')
    await model.savePretrained(folder, { maxShardSize: 3000 })
    const shards = (await sorted(folder)).filter((name) => name.startsWith('model-'))
    expect(shards.length).toBeGreaterThan(1)
    expect(await sorted(folder)).toEqual(['README.md', 'config.json', ...shards, 'model.safetensors.index.json'])
    expect(await logits(await RobertaForMaskedLM.fromPretrained(folder))).toEqual(await logits(model))
    await model.savePretrained(folder)
    expect(await sorted(folder)).toEqual(['README.md', 'config.json', 'model.safetensors'])
  })

  test('has a tokenizer also in the two files that came before tokenizer.json', async () => {
    const files = await model.encodePretrained()
    const { vocabulary, merges } = tokenizer.model
    const older = new Map([
      ...files,
      ['vocab.json', bytes(JSON.stringify(Object.fromEntries(vocabulary.map((token, id) => [token, id]))))],
      ['merges.txt', bytes(`#version: 0.2\n${merges.map((pair) => pair.join(' ')).join('\n')}\n`)],
    ])
    await writePretrained(folder, older)
    const { tokenizer: loaded } = await loadPretrained(folder)
    for (const each of ['to be or not to be', 'what?', ' '])
      expect(loaded!.encode(each)).toEqual(tokenizer.encode(each))
    older.delete('merges.txt')
    await expect(loadPretrained(older)).rejects.toThrow('merges.txt is missing')
  })

  test('whose tokenizer has more tokens than the model is refused, when saved and when loaded', async () => {
    const small = new RobertaForMaskedLM({ config: { ...config, vocabularySize: 263 }, key: key(1) })
    const both = "the tokenizer has 264 tokens, the model's vocabulary has 263"
    await expect(small.savePretrained(folder, { tokenizer })).rejects.toThrow(both)
    await small.savePretrained(folder)
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
    await expect(loadPretrained(folder)).rejects.toThrow(both)
  })
})

describe('each kind of model', () => {
  test('comes back as what it was, with the names of its labels', async () => {
    const labels = ['bad', 'good', 'neither']
    const models = [
      new RobertaModel({ config, key: key(2) }),
      new RobertaForSequenceClassification({ config, labels, key: key(3) }),
      new RobertaForTokenClassification({ config, labels, key: key(4) }),
    ]
    for (const [index, saved] of models.entries()) {
      await saved.savePretrained(`${folder}-${index}`)
      const { model: loaded } = await loadPretrained(`${folder}-${index}`)
      expect(loaded).toBeInstanceOf(saved.constructor)
      expect(loaded.describe()).toEqual(saved.describe())
      expect(await (loaded as RobertaModel).forward(ids()).data()).toEqual(await saved.forward(ids()).data())
    }
    const { id2label, label2id } = JSON.parse(await readFile(join(`${folder}-1`, 'config.json'), 'utf8'))
    expect([id2label, label2id]).toEqual([
      { 0: 'bad', 1: 'good', 2: 'neither' },
      { bad: 0, good: 1, neither: 2 },
    ])
  })

  test('is not taken for another kind: a head is fresh only when that is asked for', async () => {
    await model.savePretrained(folder)
    const attempt = RobertaForSequenceClassification.fromPretrained(folder)
    await expect(attempt).rejects.toThrow('not expected: lm_head.bias, lm_head.dense')
    await expect(attempt).rejects.toThrow('missing: classifier.dense.weight')
    const fresh = { head: 'fresh', labels: ['bad', 'good'], key: key(5) } as const
    for (const type of [RobertaForSequenceClassification, RobertaForTokenClassification]) {
      const classifier = await type.fromPretrained(folder, fresh)
      expect(classifier.labelNames).toEqual(['bad', 'good'])
      const hidden = await model.roberta.forward(ids()).data()
      expect(await classifier.roberta.forward(ids()).data()).toEqual(hidden)
      const again = await type.fromPretrained(folder, fresh)
      const out = await classifier.forward(ids()).data()
      expect(await again.forward(ids()).data()).toEqual(out)
      expect(new Set(out).size).toBeGreaterThan(1)
    }
    const encoder = await RobertaModel.fromPretrained(folder)
    expect(await encoder.forward(ids()).data()).toEqual(await model.roberta.forward(ids()).data())
  })

  test('is loaded from an encoder without a head, as Hugging Face saves it, pooler and all', async () => {
    await new RobertaModel({ config, key: key(2) }).savePretrained(folder)
    const fresh = await RobertaForTokenClassification.fromPretrained(folder, { head: 'fresh', labels: 3, key: key(1) })
    expect(fresh.labelNames).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2'])
    await expect(RobertaForMaskedLM.fromPretrained(folder)).rejects.toThrow('missing: lm_head.bias')
  })

  test('needs labels of different names, two or more', () => {
    const labelled = (labels: number | string[]) => () =>
      new RobertaForTokenClassification({ config, labels, key: key(1) })
    expect(labelled(1)).toThrow('labels must be a whole number >= 2 or as many names, got 1')
    expect(labelled(['a'])).toThrow('got 1')
    expect(labelled(['a', 'b', 'a'])).toThrow('two labels are called "a"')
  })
})

describe('a folder that is no model', () => {
  const refused = (problem: string) => expect(loadPretrained(folder), problem).rejects.toThrow(problem)

  test('is refused with what was looked for and what is there, and nothing is left in memory', async () => {
    const { tensors } = backend.memory()
    await refused(`no model can be read from ${folder}: config.json is missing; there is no such folder`)
    await mkdir(folder)
    await refused('config.json is missing; the folder is empty')
    await model.savePretrained(folder)
    await rename(join(folder, 'model.safetensors'), join(folder, 'pytorch_model.bin'))
    await refused('model.safetensors is missing; there are config.json, pytorch_model.bin')
    folder = join(folder, 'config.json')
    await refused('config.json is missing; that is a file, expected the folder of a model')
    expect(backend.memory().tensors).toBe(tensors)
  })

  test('is refused when a file is cut off, wherever, and nothing is left in memory', async () => {
    await model.savePretrained(folder, { tokenizer })
    const { tensors } = backend.memory()
    for (const name of await sorted(folder)) {
      const path = join(folder, name)
      const whole = await readFile(path)
      for (const length of [0, 9, whole.length / 2, whole.length - 4]) {
        await truncate(path, Math.floor(length))
        await refused(
          name === 'model.safetensors'
            ? 'model.safetensors: safetensors: '
            : `${name} is no JSON: it is cut off or damaged`,
        )
        await writeFile(path, whole)
      }
    }
    await loadPretrained(folder).then(({ model: whole }) => expect(whole).toBeInstanceOf(RobertaForMaskedLM))
    expect(backend.memory().tensors).toBeGreaterThan(tensors)
  })

  test('is refused when its configuration is of another model, or of none', async () => {
    await model.savePretrained(folder)
    const path = join(folder, 'config.json')
    const json = JSON.parse(await readFile(path, 'utf8'))
    const withEntries = async (entries: object, problem: string): Promise<void> => {
      await writeFile(path, JSON.stringify({ ...json, ...entries }))
      await refused(problem)
    }
    await withEntries({ intermediate_size: 7 }, 'intermediate.dense.weight is f32[6, 4], expected f32[7, 4]')
    await withEntries({ num_attention_heads: 3 }, 'hiddenSize 4 does not divide into 3 heads')
    await withEntries({ hidden_act: 'mish' }, 'hidden_act must be relu or gelu')
    await withEntries(
      { architectures: ['GPT2LMHeadModel'] },
      "the architecture is 'GPT2LMHeadModel', expected one of RobertaModel, ",
    )
    await withEntries({ architectures: ['toString'] }, "the architecture is 'toString', expected one of")
    await withEntries({ architectures: [] }, 'architectures must be a list with the name of a class, got []')
    await withEntries({ architectures: null }, 'architectures must be a list with the name of a class, got null')
    await writeFile(path, 'null')
    await refused('config.json: expected an object')
  })
})

describe('a model that is written', () => {
  test('is whole or not there: a write that fails leaves what was there, and no new folder', async () => {
    // A name that no file system takes stands for a disk that is full: the write fails half-way.
    const impossible = new Map([...(await model.encodePretrained()), ['x'.repeat(300), bytes('')]])
    await expect(writePretrained(folder, impossible)).rejects.toThrow(`no model was written to ${folder}: `)
    expect(await readdir(root)).not.toContain(basename(folder))
    await writeFile(`${folder}-file`, '')
    await expect(model.savePretrained(`${folder}-file`)).rejects.toThrow(
      `no model was written to ${folder}-file: EEXIST`,
    )
    await model.savePretrained(folder)
    await expect(writePretrained(folder, impossible)).rejects.toThrow('no model was written')
    expect(await sorted(folder)).toEqual(['config.json', 'model.safetensors'])
    expect(await logits(await RobertaForMaskedLM.fromPretrained(folder))).toEqual(await logits(model))
  })

  test('is the old one or the new one after a kill at any moment', async () => {
    const script = fileURLToPath(new URL('../../test/model-writer.ts', import.meta.url))
    for (let kill = 0; kill < 6; kill++) {
      const child = spawn(process.execPath, ['--conditions=@tlc/source', script, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      await new Promise((resolve) => setTimeout(resolve, 7 * kill))
      child.kill('SIGKILL')
      await once(child, 'exit')
      const files = await readPretrained(folder)
      const number = JSON.parse(text(files.get('config.json'))).number as number
      const weights = [...files].filter(([name]) => name.endsWith('.safetensors'))
      expect(weights.map(([, file]) => [...new Set(file)])).toEqual(weights.map(() => [number % 256]))
      expect(weights.length).toBe(number % 2 === 0 ? 1 : 3)
    }
    await model.savePretrained(folder)
    expect(await sorted(folder)).toEqual(['config.json', 'model.safetensors'])
  })
})

describe('a model at a URL', () => {
  type Answer = (name: string, response: ServerResponse) => void
  let server: Server
  let answer: Answer
  let url: string
  beforeAll(async () => {
    server = createServer(({ url: path }, response) => answer(path!.replace('/models/tiny/', ''), response)).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/tiny`
  })
  afterAll(() => server.close())

  /** Answers with files; with 404 for the rest. */
  const serve =
    (files: ReadonlyMap<string, Uint8Array>): Answer =>
    (name, response) => {
      const file = files.get(name)
      response.writeHead(file ? 200 : 404, {
        'content-type': name.endsWith('.json') ? 'application/json' : 'application/octet-stream',
      })
      response.end(file)
    }

  test('loads with fetch, in shards too, and with or without a slash at its end', async () => {
    for (const maxShardSize of [3000, 1e9]) {
      answer = serve(await model.encodePretrained({ tokenizer, maxShardSize }))
      for (const source of [url, new URL(`${url}/`)]) {
        const { model: loaded, tokenizer: theirs } = await loadPretrained(source)
        expect(await logits(loaded as RobertaForMaskedLM)).toEqual(await logits(model))
        expect(theirs).toBeInstanceOf(Tokenizer)
      }
    }
  })

  test('that has no model says what the server answered', async () => {
    answer = serve(new Map())
    await expect(loadPretrained(url)).rejects.toThrow(
      `no model can be read from ${url}: config.json is missing; the server answered config.json: HTTP 404 Not Found`,
    )
    const files = await model.encodePretrained()
    files.delete('model.safetensors')
    answer = serve(files)
    await expect(loadPretrained(url)).rejects.toThrow(
      'model.safetensors is missing; the server answered model.safetensors: HTTP 404',
    )
    answer = (_, response) => response.writeHead(500).end()
    await expect(loadPretrained(url)).rejects.toThrow(`${url}/config.json: HTTP 500 Internal Server Error`)
  })

  test('that answers every name with its page is told apart from a model', async () => {
    const page = '<!doctype html><title>app</title>'
    answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page)
    await expect(loadPretrained(url)).rejects.toThrow('config.json: with a web page (text/html)')
    answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(page)
    await expect(loadPretrained(url)).rejects.toThrow('config.json is no JSON: it looks like a web page')
    const files = await model.encodePretrained()
    answer = (name, response) =>
      files.has(name)
        ? serve(files)(name, response)
        : response.writeHead(200, { 'content-type': 'text/html' }).end(page)
    expect((await loadPretrained(url)).tokenizer).toBeUndefined()
  })

  test('that breaks off or cannot be reached is an error that says so', async () => {
    const files = await model.encodePretrained()
    answer = (name, response) => {
      if (name !== 'model.safetensors') return serve(files)(name, response)
      response.writeHead(200, { 'content-length': files.get(name)!.length })
      response.write(files.get(name)!.subarray(0, 100), () => response.destroy())
    }
    await expect(loadPretrained(url)).rejects.toThrow(
      'model.safetensors: the connection broke off before the end of the file',
    )
    await expect(loadPretrained('http://127.0.0.1:9/model')).rejects.toThrow('config.json could not be fetched: ')
  })
})

describe('a model in memory', () => {
  test('loads from its files by name, and from the Files of an input', async () => {
    const files = await model.encodePretrained({ tokenizer })
    const chosen = [...files].map(([name, data]) => new File([data as BlobPart], name))
    for (const source of [files, chosen, new Set(chosen)]) {
      const loaded = await loadPretrained(source)
      expect(await logits(loaded.model as RobertaForMaskedLM)).toEqual(await logits(model))
      expect(loaded.tokenizer!.vocabularySize).toBe(264)
    }
  })

  test('that is not complete says what was given', async () => {
    await expect(loadPretrained(new Map())).rejects.toThrow('config.json is missing; no files are given')
    await expect(loadPretrained([new File([], 'a.bin')])).rejects.toThrow('config.json is missing; given are a.bin')
  })
})
