import { parameterTensors, parseSafetensors, type StoredTensor, serializeSafetensors } from '@tlc/nn'
import { key, openBackend, range, type Tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { robertaConfig } from '../roberta/config.ts'
import { RobertaForMaskedLM } from '../roberta/masked-lm.ts'
import { encodeWeights, readWeights } from './weights.ts'

const config = robertaConfig({
  ...{
    layers: 2,
    hiddenSize: 4,
    heads: 2,
    feedForwardSize: 6,
    vocabularySize: 11,
    maxLength: 6,
    initializerRange: 0.5,
  },
})
const positions = () => range(4, { dtype: 'i32' })
const ids = () => range(4, { dtype: 'i32' }).reshape([1, 4])
const json = (file: Uint8Array | undefined): never => JSON.parse(new TextDecoder().decode(file)) as never
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

interface Index {
  readonly metadata: { readonly total_size: number }
  readonly weight_map: Record<string, string>
}

let model: RobertaForMaskedLM
beforeAll(async () => {
  useBackend(await openBackend('reference'))
  model = new RobertaForMaskedLM({ config, key: key(1) })
})
const sharded = (): Promise<Map<string, Uint8Array>> => model.encodePretrained({ maxShardSize: 700 })

/** Weights of a file by name, changed one by one. */
function changed(file: Uint8Array, change: (weights: Map<string, StoredTensor>) => void): Uint8Array {
  const weights = new Map(parseSafetensors(file).tensors)
  change(weights)
  return serializeSafetensors(weights)
}

describe('shards', () => {
  test('have the names, the index and the sizes of Hugging Face', async () => {
    const files = await sharded()
    const { metadata, weight_map: map } = json(files.get('model.safetensors.index.json')) as Index
    const shards = [...new Set(Object.values(map))]
    expect(shards[0]).toBe(`model-00001-of-0000${shards.length}.safetensors`)
    expect(shards.length).toBeGreaterThan(2)
    expect([...files.keys()]).toEqual(['config.json', ...shards, 'model.safetensors.index.json'])
    const tensors = [...parameterTensors(model)]
    expect(new Set(Object.keys(map))).toEqual(new Set(tensors.map(([name]) => name)))
    expect(metadata.total_size).toBe(4 * tensors.reduce((sum, [, { size }]) => sum + size, 0))
    for (const shard of shards) {
      const stored = [...parseSafetensors(files.get(shard)!).tensors.values()]
      expect(stored.reduce((sum, each) => sum + each.bytes.length, 0)).toBeLessThanOrEqual(700)
    }
  })

  test('hold every weight once, whatever their size, and give the same bits', async () => {
    const weights: ReadonlyMap<string, Tensor> = parameterTensors(model)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4000 }), async (maxShardSize) => {
        const files = await encodeWeights(weights, maxShardSize)
        const read = readWeights(files)
        expect(new Set(read.keys())).toEqual(new Set(weights.keys()))
        for (const [name, x] of weights) {
          const { buffer } = await x.data()
          expect(Buffer.from(read.get(name)!.bytes).equals(Buffer.from(buffer)), name).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('load as the model they were', async () => {
    const loaded = await RobertaForMaskedLM.fromPretrained(await sharded())
    expect(await loaded.forward(ids(), positions()).data()).toEqual(await model.forward(ids(), positions()).data())
  })

  test('that do not fit their index are one error with every disagreement', async () => {
    const files = await sharded()
    const [first, second, third] = [...files.keys()].filter((name) => name.endsWith('.safetensors')) as [
      string,
      string,
      string,
    ]
    const moved = [...parseSafetensors(files.get(first)!).tensors.keys()][0]!
    files.set(
      first,
      changed(files.get(first)!, (weights) => weights.delete(moved)),
    )
    files.set(
      second,
      changed(files.get(second)!, (weights) =>
        weights.set('stranger', { type: 'U8', shape: [1], bytes: Uint8Array.of(1) }),
      ),
    )
    files.delete(third)
    const attempt = RobertaForMaskedLM.fromPretrained(files)
    await expect(attempt).rejects.toThrow(`${first} lacks ${moved}`)
    await expect(attempt).rejects.toThrow(`${second} has stranger, which should be in no shard`)
    await expect(attempt).rejects.toThrow(`${third} is missing`)
  })

  test('whose index is none, or points outside of the folder, are refused', async () => {
    const files = await sharded()
    const withIndex = (index: unknown) =>
      RobertaForMaskedLM.fromPretrained(new Map([...files, ['model.safetensors.index.json', bytes(index)]]))
    await expect(withIndex([])).rejects.toThrow("model.safetensors.index.json: expected an object 'weight_map'")
    await expect(withIndex(null)).rejects.toThrow("expected an object 'weight_map'")
    await expect(withIndex({ weight_map: { a: '../b' } })).rejects.toThrow(
      'a is in "../b", expected the name of a file beside it',
    )
    await expect(encodeWeights(new Map(), 0)).rejects.toThrow('maxShardSize must be a number of bytes > 0, got 0')
  })
})

describe('weights that do not fit', () => {
  test('are listed in one error, across shards: unknown, missing, misshapen and of another type', async () => {
    const files = await sharded()
    const index = json(files.get('model.safetensors.index.json')) as Index
    const renamed = 'roberta.encoder.layer.1.output.dense.bias'
    const shaped = 'roberta.embeddings.word_embeddings.weight'
    const typed = 'lm_head.bias'
    const edit = (name: string, change: (weight: StoredTensor, weights: Map<string, StoredTensor>) => void): void => {
      const shard = index.weight_map[name]!
      files.set(
        shard,
        changed(files.get(shard)!, (weights) => change(weights.get(name)!, weights)),
      )
    }
    edit(
      renamed,
      (weight, weights) => weights.set('roberta.encoder.layer.2.output.dense.bias', weight) && weights.delete(renamed),
    )
    edit(shaped, (weight, weights) => weights.set(shaped, { ...weight, shape: [4, 11] }))
    edit(typed, (weight, weights) => weights.set(typed, { ...weight, type: 'I32' }))
    const map = { ...index.weight_map, 'roberta.encoder.layer.2.output.dense.bias': index.weight_map[renamed]! }
    delete (map as Record<string, string>)[renamed]
    files.set('model.safetensors.index.json', bytes({ weight_map: map }))
    const { tensors } = model.lm_head.bias.stored.backend.memory()
    const attempt = RobertaForMaskedLM.fromPretrained(files)
    await expect(attempt).rejects.toThrow(
      [
        'the tensors do not fit the RobertaForMaskedLM of config.json; nothing was loaded:',
        '  not expected: roberta.encoder.layer.2.output.dense.bias',
        '  missing: roberta.encoder.layer.1.output.dense.bias',
        '  misfitting: roberta.embeddings.word_embeddings.weight is f32[4, 11], expected f32[11, 4], lm_head.bias is i32[11], expected f32[11]',
      ].join('\n'),
    )
    expect(model.lm_head.bias.stored.backend.memory().tensors).toBe(tensors)
  })

  test.each(['BF16', 'F16', 'F64'] as const)('only by being %s become f32', async (type) => {
    const files = await model.encodePretrained()
    const exact = new Map<string, number[]>()
    const file = changed(files.get('model.safetensors')!, (weights) => {
      for (const [name, { shape, bytes: stored }] of weights) {
        const values = [...new Float32Array(new Uint8Array(stored).buffer)].map((x) => Math.round(x * 64) / 64)
        exact.set(name, values)
        weights.set(name, { type, shape, bytes: encoded[type](values) })
      }
    })
    const loaded = await RobertaForMaskedLM.fromPretrained(new Map([...files, ['model.safetensors', file]]))
    for (const [name, x] of parameterTensors(loaded)) {
      expect(x.dtype).toBe('f32')
      expect([...(await x.data())], name).toEqual(exact.get(name))
    }
  })
})

/** Numbers that all these types hold exactly, as their bytes. */
const encoded: Readonly<Record<'BF16' | 'F16' | 'F64', (values: readonly number[]) => Uint8Array>> = {
  BF16: (values) => Uint8Array.from(values.flatMap((x) => [...new Uint8Array(Float32Array.of(x).buffer).subarray(2)])),
  F16: (values) => new Uint8Array(Uint16Array.from(values, halfBits).buffer),
  F64: (values) => new Uint8Array(Float64Array.from(values).buffer),
}

/** IEEE binary16 of multiples of 1/64 below 2: sign, exponent with bias 15, fraction of 10 bits. */
function halfBits(x: number): number {
  if (x === 0) return Object.is(x, -0) ? 0x8000 : 0
  const exponent = Math.floor(Math.log2(Math.abs(x)))
  return (x < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | ((Math.abs(x) / 2 ** exponent - 1) * 1024)
}
