import { Linear } from '@tlc/nn'
import { key, openBackend, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadArtefact, useArtefact } from './artefact/use-artefact.ts'
import { codeBits, decode, keepsZeros, payloadBytes } from './decode.ts'
import { quantizeModel } from './quantize-model.ts'
import type { Encoded, Scheme, SchemeName } from './scheme.ts'
import { affine } from './schemes/affine/affine.ts'
import { llamaBlocks } from './schemes/blocks/llama-blocks.ts'
import { codebook } from './schemes/codebook.ts'
import { fp4, nf4 } from './schemes/four-bit-float.ts'
import { ternary } from './schemes/ternary.ts'
import { weightError } from './weight-error.ts'

useBackend(await openBackend('reference'))

const plain: Scheme = {
  encode: (values, shape) => ({ scheme: 'f32', shape, values }),
  decode: (encoded: Encoded) => decode(encoded),
}

/** A scheme of every kind; bits of a code, bytes for 4 · 256 weights in 4 rows, whether zeros are kept. */
const every: { readonly [S in SchemeName]: readonly [Scheme, bits: number, bytes: number, zeros: boolean] } = {
  affine: [affine({ bits: 3, granularity: 'row', grid: 'zeroExact' }), 3, 384 + 4 * 5, true],
  codebook: [codebook({ bits: 4, zero: true }), 4, 512 + 64, true],
  nf4: [nf4(), 4, 512 + 64, true],
  fp4: [fp4({ block: 128 }), 4, 512 + 32, true],
  ternary: [ternary({ granularity: 'row' }), 2, 256 + 16, true],
  q8_0: [llamaBlocks('q8_0'), 8, 32 * 34, true],
  q4_0: [llamaBlocks('q4_0'), 4, 32 * 18, true],
  q4_k: [llamaBlocks('q4_k'), 4, 4 * 144, false],
  q6_k: [llamaBlocks('q6_k'), 6, 4 * 210, true],
  f32: [plain, 32, 4096, true],
}
const rows = Object.entries(every).map(([name, row]) => [name as SchemeName, ...row] as const)

describe.each(rows)('%s', (name, scheme, bits, bytes, zeros) => {
  /** Half of its weights are 0. */
  const makeModel = (): Linear => {
    const model = new Linear({ inputSize: 256, outputSize: 4, key: key(3) })
    model.weight.transforms.push((weight) => weight.relu())
    return model
  }

  it('goes through quantizeModel, with its error and its ideal bytes', async () => {
    const model = makeModel()
    const weight = (await model.weight.value.data()) as Float32Array
    const { artefact, errors, idealBytes } = await quantizeModel(model, { schemeOf: () => scheme })
    const encoded = artefact.tensors.get('weight')!
    expect(encoded.scheme).toBe(name)
    expect(artefact.tensors.get('bias')!.scheme).toBe('f32')
    expect(errors.get('weight')).toEqual(weightError(weight, scheme.decode(encoded)))
    expect(decode(encoded)).toEqual(scheme.decode(encoded))
    expect([codeBits(encoded), payloadBytes(encoded), keepsZeros(encoded)]).toEqual([bits, bytes, zeros])
    const counted = zeros ? weight.filter((each) => each !== 0).length : weight.length
    expect(idealBytes).toBe((bits * counted + 32 * 4) / 8)
  })

  it('is what a model computes with, used or loaded', async () => {
    const model = makeModel()
    const { artefact } = await quantizeModel(model, { schemeOf: () => scheme })
    const decoded = decode(artefact.tensors.get('weight')!)
    {
      using _used = useArtefact(model, artefact)
      expect(await model.weight.value.data()).toEqual(decoded)
    }
    loadArtefact(model, artefact)
    expect(await model.weight.stored.data()).toEqual(decoded)
  })
})

describe('every scheme', () => {
  const ascending = fc
    .array(fc.float({ noNaN: true, min: -4, max: 4 }), { minLength: 256, maxLength: 256 })
    .map((values) => Float32Array.from(values).sort())

  it.each(rows)('%s: of two weights that share a range, the greater does not become the lesser', (_, scheme) => {
    fc.assert(
      fc.property(ascending, (weight) => {
        const decoded = scheme.decode(scheme.encode(weight, [1, 256]))
        // The smallest range of all is one of 16 weights.
        for (let index = 1; index < 256; index++) {
          if (index % 16 !== 0) expect(decoded[index]!).toBeGreaterThanOrEqual(decoded[index - 1]!)
        }
      }),
      { numRuns: 30 },
    )
  })

  it.each(rows)('%s: the same weights give the same bits', (_, scheme) => {
    const weight = Float32Array.from({ length: 1024 }, (__, index) => Math.sin(index) * (1 + (index % 7)))
    expect(scheme.encode(weight.slice(), [4, 256])).toEqual(scheme.encode(weight, [4, 256]))
  })
})

describe('a choice of schemes', () => {
  it('leaves in f32 what it gives none for, and is asked only for what is selected', async () => {
    const model = new Linear({ inputSize: 256, outputSize: 4, key: key(3) })
    const asked: string[] = []
    const schemeOf = (name: string): undefined => void asked.push(name)
    const { artefact, errors, idealBytes } = await quantizeModel(model, { schemeOf })
    expect(asked).toEqual(['weight'])
    expect([...artefact.tensors.values()].map(({ scheme }) => scheme)).toEqual(['f32', 'f32'])
    expect([errors.size, idealBytes]).toEqual([0, 4 * (1024 + 4)])
  })

  it('names the parameter that a scheme cannot take', async () => {
    const model = new Linear({ inputSize: 100, outputSize: 4, key: key(3) })
    await expect(quantizeModel(model, { schemeOf: () => llamaBlocks('q8_0') })).rejects.toThrow(
      "quantizeModel: 'weight': q8_0: rows of shape [4, 100] are no whole number of blocks of 32",
    )
  })
})
