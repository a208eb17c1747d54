import {
  Embedding,
  LayerNorm,
  Linear,
  Module,
  namedParameters,
  Parameter,
  parseSafetensors,
  SafetensorsError,
} from '@tlc/nn'
import {
  type Backend,
  key,
  normal,
  ones,
  openBackend,
  range,
  scope,
  type Tensor,
  tensor,
  useBackend,
} from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resealed } from '../../test/resealed.ts'
import { decode } from '../decode.ts'
import { type QuantizeOptions, quantizeModel } from '../quantize-model.ts'
import type { Scheme } from '../scheme.ts'
import { type AffineOptions, affine } from '../schemes/affine/affine.ts'
import type { Granularity } from '../schemes/affine/granularity.ts'
import type { GridName } from '../schemes/affine/grid.ts'
import type { Artefact, Lineage } from './artefact.ts'
import { readArtefact, saveArtefact } from './file.ts'
import { decodeArtefact, loadArtefact, useArtefact } from './use-artefact.ts'

const backend = await openBackend('reference')
useBackend(backend)

/** An embedding tied to its decoder, a layer, its norm. */
class Model extends Module {
  readonly embeddings: Embedding
  readonly dense: Linear
  readonly norm = new LayerNorm({ size: 6 })
  readonly decoder: Linear

  constructor(seed = 1) {
    super()
    this.embeddings = new Embedding({ count: 11, size: 6, key: key(seed) })
    this.dense = new Linear({ inputSize: 6, outputSize: 6, key: key(seed + 1) })
    this.decoder = new Linear({ weight: this.embeddings.weight })
  }

  forward(ids: Tensor): Tensor {
    return this.decoder.forward(this.norm.forward(this.dense.forward(this.embeddings.forward(ids))))
  }
}

const ids = range(11, { dtype: 'i32' })
const outputs = async (model: Model): Promise<number[]> => [...(await model.forward(ids).data())]

/** Prunes 3 of 4 weights of a model's dense layer, by a mask on its seam. */
function prune(model: Model): void {
  const mask = tensor(
    Float32Array.from({ length: 36 }, (_, index) => (index % 4 === 1 ? 1 : 0)),
    { shape: [6, 6] },
  )
  model.dense.weight.transforms.push((weight) => weight.mul(mask))
}

const settings: AffineOptions[] = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((bits) =>
  (['minmax', 'zeroExact', 'symmetric'] as GridName[]).flatMap((grid) =>
    (['tensor', 'row', { group: 4 }] as Granularity[]).map((granularity) => ({ bits, grid, granularity })),
  ),
)
const possible = settings.filter(({ bits, grid }) => bits > 1 || grid !== 'symmetric')

describe('a quantized model', () => {
  it('has codes for matrices, embeddings too, ties once; f32 for the rest; and is left as it was', async () => {
    const model = new Model()
    const before = await outputs(model)
    const { artefact, errors } = await quantizeModel(model, { bits: 4 })
    expect([...artefact.tensors].map(([name, each]) => [name, each.scheme === 'affine'])).toEqual([
      ['embeddings.weight', true],
      ['dense.weight', true],
      ['dense.bias', false],
      ['norm.weight', false],
      ['norm.bias', false],
    ])
    expect([...errors.keys()]).toEqual(['embeddings.weight', 'dense.weight'])
    expect(await outputs(model)).toEqual(before)
  })

  it('may leave out embeddings, or be told what to quantize', async () => {
    const quantized = async (options: Partial<QuantizeOptions>): Promise<string[]> => {
      const { artefact } = await quantizeModel(new Model(), { bits: 4, ...options })
      return [...artefact.tensors].filter(([, each]) => each.scheme === 'affine').map(([name]) => name)
    }
    expect(await quantized({ embeddings: false })).toEqual(['dense.weight'])
    expect(await quantized({ where: (name) => name === 'norm.weight' })).toEqual(['norm.weight'])
  })

  it('counts ideal bytes: k bits for what is not 0, where 0 is kept, and 32 for what is not quantized', async () => {
    const model = new Model()
    prune(model)
    const idealOf = async (grid: GridName): Promise<number> =>
      (await quantizeModel(model, { bits: 4, grid })).idealBytes
    // The embedding has 11 · 6 weights, none of them 0; the layer 9 of 36; bias and norm 3 · 6 in f32.
    expect(await idealOf('zeroExact')).toBe((66 + 9) / 2 + 18 * 4)
    expect(await idealOf('minmax')).toBe((66 + 36) / 2 + 18 * 4)
  })

  it('names the parameter that cannot be quantized', async () => {
    const model = new Model()
    model.dense.weight.stored.assign(tensor(new Float32Array(36).fill(Number.NaN), { shape: [6, 6] }))
    await expect(quantizeModel(model, { bits: 4 })).rejects.toThrow(
      "quantizeModel: 'dense.weight': affine: weight 0 is NaN",
    )
  })
})

describe('an artefact in a file', () => {
  it.each(possible)(
    '$bits bits, $grid, by $granularity: read back to the bit, every byte accounted for',
    async (options) => {
      using _inner = scope()
      const model = new Model()
      prune(model)
      const { artefact } = await quantizeModel(model, { ...options, metadata: new Map([['note', 'a "test"']]) })
      const { file, ledger } = saveArtefact(artefact)

      expect(ledger.fileBytes).toBe(file.length)
      expect(ledger.headerLength + ledger.header + ledger.headerPadding + ledger.tensorBytes).toBe(file.length)

      const read = readArtefact(file)
      expect(read.metadata).toEqual(artefact.metadata)
      // Quantized tensors come first in a file; order is no part of what an artefact says.
      const byName = (of: typeof artefact) => [...of.tensors].sort(([a], [b]) => (a < b ? -1 : 1))
      expect(byName(read)).toEqual(byName(artefact))
      expect(saveArtefact(read).file).toEqual(file)
      const bytes = (x: Float32Array): Uint8Array => new Uint8Array(x.buffer)
      for (const [name, each] of artefact.tensors) {
        const other = read.tensors.get(name)!
        expect(bytes(decode(other))).toEqual(bytes(decode(each)))
      }
    },
  )

  it('has the sizes that arithmetic gives', async () => {
    const model = new Model()
    prune(model)
    const row = (name: string, ledger: ReturnType<typeof saveArtefact>['ledger']) =>
      ledger.rows.find((each) => each.name === name)!
    const plain = { huffman: false, forms: ['dense', 'masked'] } as const
    const dense = saveArtefact((await quantizeModel(model, { bits: 3, granularity: 'row' })).artefact, plain).ledger
    expect(row('dense.weight', dense)).toEqual({
      ...{ name: 'dense.weight', scheme: 'affine', form: 'dense', huffman: false, size: 36, nonZeros: 36 },
      // 108 bits fill 13.5 bytes; six rows have a step and an offset each.
      ...{ parts: { codes: 14, steps: 24, offsets: 24, zeroPoints: 0 }, bytes: 62, paddingBits: 4 },
    })
    expect(row('dense.bias', dense)).toMatchObject({
      scheme: 'f32',
      size: 6,
      nonZeros: 0,
      parts: { values: 0, index: 1 },
    })

    const { artefact } = await quantizeModel(model, { bits: 8, grid: 'zeroExact' })
    const sparse = saveArtefact(artefact, plain).ledger
    expect(row('dense.weight', sparse)).toEqual({
      ...{ name: 'dense.weight', scheme: 'affine', form: 'masked', huffman: false, size: 36, nonZeros: 9 },
      // 9 codes; 36 bits of mask fill 4.5 bytes.
      ...{ parts: { codes: 9, steps: 4, offsets: 0, zeroPoints: 1, index: 5 }, bytes: 19, paddingBits: 4 },
    })
    expect(row('embeddings.weight', sparse).form).toBe('dense')
  })

  it('carries where it comes from, what it is worth and what model it is', async () => {
    const { artefact } = await quantizeModel(new Model(), { bits: 4 })
    const lineage: Lineage = {
      recipe: '[{"prune":0.5},{"bits":4}]',
      parent: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      metrics: { accuracy: 0.875, loss: 0.3 },
      config: '{"hidden_size":6}',
    }
    const read = readArtefact(saveArtefact({ ...artefact, ...lineage }).file)
    expect(read).toMatchObject(lineage)
    expect(read.metadata).toEqual(new Map())
    const saving = (changes: Partial<Artefact>) => () => saveArtefact({ ...artefact, ...changes })
    expect(saving({ parent: 'abc' })).toThrow("parent is 'abc', expected a SHA-256")
    expect(saving({ recipe: 'prune a bit' })).toThrow('expected JSON')
    expect(saving({ metrics: { accuracy: Number.NaN } })).toThrow('expected an object of finite numbers')
    expect(saving({ metadata: new Map([['config', '{}']]) })).toThrow("metadata cannot be named 'config'")
  })

  it('makes the same model without the original', async () => {
    const model = new Model(1)
    prune(model)
    const { artefact } = await quantizeModel(model, { bits: 5, grid: 'zeroExact', granularity: 'row' })
    const { file } = saveArtefact(artefact)
    const other = new Model(77)
    loadArtefact(other, readArtefact(file))
    const reference = new Model(5)
    loadArtefact(reference, artefact)
    expect(await outputs(other)).toEqual(await outputs(reference))
    const weights = await other.dense.weight.value.data()
    const masked = await model.dense.weight.value.data()
    // What was pruned is 0 still.
    expect([...weights].every((each, index) => masked[index] !== 0 || each === 0)).toBe(true)
    expect([...decodeArtefact(artefact).keys()].sort()).toEqual([...namedParameters(other).keys()].sort())
  })

  it('is a plain safetensors file', async () => {
    const { file } = saveArtefact((await quantizeModel(new Model(), { bits: 4 })).artefact, { forms: ['dense'] })
    expect([...parseSafetensors(file).tensors].map(([name, { type, shape }]) => [name, type, ...shape])).toEqual([
      ['dense.bias', 'F32', 6],
      ['norm.bias', 'F32', 6],
      ['norm.weight', 'F32', 6],
      ['tlc.quant.offsets', 'F32', 2],
      ['tlc.quant.steps', 'F32', 2],
      ['tlc.quant.codes', 'U8', 33 + 18],
    ])
  })
})

describe('a corrupt artefact', () => {
  const made = async (): Promise<Uint8Array> => {
    const model = new Model()
    prune(model)
    const { artefact } = await quantizeModel(model, { bits: 8, grid: 'zeroExact', granularity: 'row' })
    return saveArtefact(artefact, { forms: ['dense', 'masked'], huffman: false }).file
  }
  /** Reads, or says what is wrong: nothing else may happen. */
  const tries = (file: Uint8Array): 'read' | 'refused' => {
    try {
      for (const each of readArtefact(file).tensors.values()) decode(each)
      return 'read'
    } catch (error) {
      if (error instanceof SafetensorsError) return 'refused'
      throw error
    }
  }

  it('is refused wherever it is cut off', async () => {
    const file = await made()
    for (let length = 0; length < file.length; length++) expect(tries(file.subarray(0, length))).toBe('refused')
  })

  it('with any few bytes changed is refused, or read as another artefact', async () => {
    const file = await made()
    // Half of the changes are to the header, where most can go wrong.
    const headerEnd = 8 + Number(new DataView(file.buffer).getBigUint64(0, true))
    const place = fc.oneof(fc.nat(headerEnd - 1), fc.nat(file.length - 1))
    const change = fc.record({ place, byte: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = file.slice()
        for (const { place, byte } of changes) changed[place] = byte
        tries(changed)
      }),
      { numRuns: 2_000 },
    )
  })

  it('with a description of something else is refused', async () => {
    const text = new TextDecoder('latin1').decode(await made())
    const replaced = (from: string, to: string): Uint8Array => {
      if (!text.includes(from) || from.length !== to.length) throw new Error(`cannot put ${to} for ${from}`)
      return resealed(Uint8Array.from(text.replace(from, to), (character) => character.charCodeAt(0)))
    }
    const given = [
      ['\\"version\\":2', '\\"version\\":1', 'version 1 of the format, expected 2; quantize the model again'],
      ['\\"bits\\":8', '\\"bits\\":9', 'a format is described as'],
      ['\\"bits\\":8', '\\"bits\\":4', 'a zero point needs over 4 bits'],
      ['masked', 'tasked', 'a format is described as'],
      ['\\"indexBits\\":1', '\\"indexBits\\":2', 'a format is described as'],
      ['packed', 'picked', 'a format is described as'],
      ['zeroExact', 'zeroRough', 'a format is described as'],
      ['zeroExact', 'symmetric', 'zeroPoints'],
      ['[6,6]', '[6,7]', 'the file is corrupt'],
      ['1,[6,6]', '9,[6,6]', 'a tensor is described as'],
      ['[6,6]', '[0,6]', 'a tensor is described as'],
      ['"tlc.quant":', '"tlc.Quant":', 'no compressed model'],
      ['"tlc.quant.index"', '"tlc.quant.Index"', 'bytes of index are due, 0 are left'],
      ['"norm.weight"', '"tlc.quant.x"', "'tlc.quant.x' is no part"],
      ['tlc.quant.steps', 'tlc_quant.steps', 'bytes of steps are due, 0 are left'],
    ] as const
    for (const [from, to, message] of given) expect(() => readArtefact(replaced(from, to))).toThrow(message)
  })
})

describe('a model that uses an artefact', () => {
  it('computes as one that has loaded it, until it is disposed, and frees what it took', async () => {
    const model = new Model()
    prune(model)
    const before = await outputs(model)
    const { artefact } = await quantizeModel(model, { bits: 3, grid: 'symmetric' })
    const loaded = new Model()
    loadArtefact(loaded, artefact)
    const expected = await outputs(loaded)
    const { tensors } = backend.memory()
    let using_: number[]
    {
      using _inner = scope()
      {
        using _quantized = useArtefact(model, artefact)
        using_ = [...(await model.forward(ids).data())]
      }
    }
    expect(using_).toEqual(expected)
    expect(using_).not.toEqual(before)
    expect(backend.memory().tensors).toBe(tensors)
    expect(await outputs(model)).toEqual(before)
  })

  it('must be the same model', async () => {
    const { artefact } = await quantizeModel(new Linear({ inputSize: 2, outputSize: 2, key: key(1) }), { bits: 4 })
    const other = new Linear({ inputSize: 2, outputSize: 3, key: key(1) })
    expect(() => useArtefact(other, artefact)).toThrow('misfitting: weight, bias')
    expect(() => useArtefact(new Model(), artefact)).toThrow('not expected: weight')
    expect(() => loadArtefact(other, artefact)).toThrow('misfitting')
    expect(other.weight.transforms).toHaveLength(0)
  })
})

describe('on a backend that is not the one in use', () => {
  it('a model gets the same file, and computes with it', async () => {
    const schemeOf = (): Scheme => affine({ bits: 4, granularity: 'row', grid: 'zeroExact' })
    const files = await Promise.all(
      (['reference', 'wasm'] as const).map(async (name) => {
        const there = await openBackend(name)
        const weights = Float32Array.from({ length: 4096 }, (_, index) => (index % 3 === 0 ? Math.sin(index) : 0))
        const model = new Linear({ weight: new Parameter(tensor(weights, { shape: [64, 64], backend: there })) })
        const { file } = saveArtefact((await quantizeModel(model, { schemeOf })).artefact)
        return file
      }),
    )
    expect(files[1]).toEqual(files[0])

    const weights = await normal(key(9), [8, 8]).data()
    const runOn = async (there: Backend): Promise<unknown> => {
      const model = new Linear({ weight: new Parameter(tensor(weights, { shape: [8, 8], backend: there })) })
      const { artefact } = await quantizeModel(model, { bits: 4, granularity: 'row' })
      using _quantized = useArtefact(model, artefact)
      const used = await model.forward(ones([1, 8], { backend: there })).data()
      loadArtefact(model, artefact)
      return { file: saveArtefact(artefact).file, used, stored: await model.weight.stored.data() }
    }
    expect(await runOn(await openBackend('reference'))).toEqual(await runOn(backend))
  })
})
