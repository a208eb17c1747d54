import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GGMLQuantizationType, gguf } from '@huggingface/gguf'
import { encodeFloat16 } from '@tlc/tensor'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { decode } from '../decode.ts'
import { affine } from '../schemes/affine/affine.ts'
import { llamaBlocks } from '../schemes/blocks/llama-blocks.ts'
import { GgufError, type GgufTensor, type GgufValue, ggufTensors, readGguf, writeGguf } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'gguf-'))
afterAll(() => rmSync(folder, { recursive: true }))

const weights = Float32Array.from({ length: 512 }, (_, index) => Math.sin(index))
const half = (values: Float32Array): Uint16Array => Uint16Array.from(values, encodeFloat16)

const tensors = new Map<string, GgufTensor>([
  ['bias', { scheme: 'f32', shape: [3], values: Float32Array.of(1, -2, 0.5) }],
  ['norm', { scheme: 'f16', shape: [5], halves: half(Float32Array.of(1, 2, 3, 4, 0.1)) }],
  ['a.q8_0', llamaBlocks('q8_0').encode(weights, [2, 8, 32])],
  ['a.q4_0', llamaBlocks('q4_0').encode(weights, [16, 32])],
  ['a.q4_k', llamaBlocks('q4_k').encode(weights, [2, 256])],
  ['a.q6_k', llamaBlocks('q6_k').encode(weights, [1, 512])],
])

const metadata = new Map<string, GgufValue>([
  ['general.architecture', { type: 'string', value: 'bert' }],
  ['general.name', { type: 'string', value: 'klein — 小さい' }],
  ['bert.block_count', { type: 'u32', value: 2 }],
  ['test.u8', { type: 'u8', value: 255 }],
  ['test.i8', { type: 'i8', value: -128 }],
  ['test.u16', { type: 'u16', value: 65535 }],
  ['test.i16', { type: 'i16', value: -32768 }],
  ['test.i32', { type: 'i32', value: -(2 ** 31) }],
  ['test.u64', { type: 'u64', value: 2n ** 64n - 1n }],
  ['test.i64', { type: 'i64', value: -(2n ** 63n) }],
  ['test.f32', { type: 'f32', value: 0.5 }],
  ['test.f64', { type: 'f64', value: 0.1 }],
  ['test.bool', { type: 'bool', value: true }],
  ['test.words', { type: 'array', of: 'string', value: ['a', '', 'b'].map((value) => ({ type: 'string', value })) }],
])

describe('a GGUF file', () => {
  it('is what an independent reader sees', async () => {
    const file = writeGguf(tensors, metadata)
    const path = join(folder, 'model.gguf')
    writeFileSync(path, file)
    const seen = await gguf(path, { typedMetadata: true, allowLocalFile: true })

    expect(seen.metadata.version).toBe(3)
    expect(seen.tensorInfos.map(({ name, shape, dtype }) => [name, shape.map(Number).reverse(), dtype])).toEqual([
      ['bias', [3], GGMLQuantizationType.F32],
      ['norm', [5], GGMLQuantizationType.F16],
      ['a.q8_0', [2, 8, 32], GGMLQuantizationType.Q8_0],
      ['a.q4_0', [16, 32], GGMLQuantizationType.Q4_0],
      ['a.q4_k', [2, 256], GGMLQuantizationType.Q4_K],
      ['a.q6_k', [1, 512], GGMLQuantizationType.Q6_K],
    ])
    const values = Object.entries(seen.metadata).filter(([name]) => name.includes('.'))
    const written = [...metadata].map(([name, entry]) => [
      name,
      entry.type === 'array' ? entry.value.map(({ value }) => value) : entry.value,
    ])
    expect(values).toEqual(written)

    // The bytes are where it finds them.
    for (const { name, offset } of seen.tensorInfos) {
      const from = Number(seen.tensorDataOffset + offset)
      const tensor = tensors.get(name)!
      const data = 'blocks' in tensor ? tensor.blocks : 'halves' in tensor ? tensor.halves : tensor.values
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      expect(from % 32, name).toBe(0)
      expect(file.subarray(from, from + bytes.length), name).toEqual(bytes)
    }
  })

  it('comes back as it was', () => {
    expect(readGguf(writeGguf(tensors, metadata))).toEqual({ tensors, metadata })
    expect(readGguf(writeGguf(new Map()))).toEqual({ tensors: new Map(), metadata: new Map() })
    const wide = new Map([...metadata, ['general.alignment', { type: 'u32', value: 128 } as const]])
    expect(readGguf(writeGguf(tensors, wide))).toEqual({ tensors, metadata: wide })
  })

  it('is made from an artefact, whose other schemes are decoded', () => {
    const grid = affine({ bits: 4 }).encode(weights, [2, 256])
    const block = llamaBlocks('q4_k').encode(weights, [2, 256])
    const made = ggufTensors({ tensors: new Map([...Object.entries({ grid, block })]) })
    expect(made.get('block')).toBe(block)
    expect(made.get('grid')).toEqual({ scheme: 'f32', shape: [2, 256], values: decode(grid) })
  })

  it('with anything changed, or cut off, is read or refused', () => {
    const file = writeGguf(tensors, metadata)
    for (let length = 0; length < file.length - 32; length += 3) {
      expect(() => readGguf(file.subarray(0, length))).toThrow(GgufError)
    }
    const change = fc.record({ place: fc.oneof(fc.nat(1100), fc.nat(file.length - 1)), byte: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = file.slice()
        for (const { place, byte } of changes) changed[place] = byte
        try {
          readGguf(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(GgufError)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('holds no more than the format does', () => {
    const q8 = (shape: number[]): GgufTensor => ({ scheme: 'q8_0', shape, blocks: new Uint8Array(34) })
    const writing = (tensor: GgufTensor) => () => writeGguf(new Map([['w', tensor]]))
    expect(writing(q8([1, 1, 1, 1, 32]))).toThrow("gguf: 'w': shape [1, 1, 1, 1, 32] has over 4 axes")
    expect(writing(q8([2, 16]))).toThrow('are not made of q8_0 blocks of 32 weights')
    expect(writing(q8([2, 32]))).toThrow('takes 68 bytes, got 34')
    const entry = (value: GgufValue) => () => writeGguf(new Map(), new Map([['x', value]]))
    expect(entry({ type: 'u8', value: 256 })).toThrow("gguf: the entry 'x': 256 is no u8")
    expect(entry({ type: 'i64', value: 2n ** 63n })).toThrow('is no i64')
    expect(entry({ type: 'array', of: 'u8', value: [{ type: 'bool', value: true }] })).toThrow('holds a bool')
    expect(() => writeGguf(new Map(), new Map([['general.alignment', { type: 'u32', value: 48 }]]))).toThrow(
      'must be a u32 and a power of two',
    )
  })
})
