import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { openBackend, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { SafetensorsError } from './errors.ts'
import { type StoredTensor, type StoredType, storedBits } from './format.ts'
import { parseSafetensors } from './parse.ts'
import { serializeSafetensors } from './serialize.ts'
import { decodeTensors, encodeTensors, fromTensor, toTensor } from './tensors.ts'

interface Case {
  readonly file: string
  readonly why: string
  readonly level: 'must' | 'edge'
  readonly accept: boolean
  readonly sha256: string
  readonly tensors?: Readonly<
    Record<string, { bytes: number; data_hex_first64: string; dtype: string; shape: number[] }>
  >
}

const folder = new URL('../../test/fixtures/safetensors/', import.meta.url)
const { cases } = JSON.parse(readFileSync(new URL('expected.json', folder)).toString()) as { cases: readonly Case[] }
const read = (file: string): Uint8Array => readFileSync(new URL(file, folder))
const scalar = (type: StoredType, bytes: number[]): StoredTensor => ({ type, shape: [], bytes: Uint8Array.from(bytes) })

beforeAll(async () => useBackend(await openBackend('reference')))

describe('the verdicts of the reference implementation', () => {
  test('the files are those that it judged', () => {
    for (const { file, sha256 } of cases)
      expect(createHash('sha256').update(read(file)).digest('hex'), file).toBe(sha256)
  })

  for (const { file, why, accept, tensors } of cases.filter(({ level }) => level === 'must')) {
    test(`${accept ? 'reads' : 'refuses'}: ${why} (${file})`, () => {
      if (!accept) {
        expect(() => parseSafetensors(read(file))).toThrow(SafetensorsError)
        return
      }
      const parsed = [...parseSafetensors(read(file)).tensors].map(([name, { type, shape, bytes }]) => [
        name,
        {
          bytes: bytes.length,
          data_hex_first64: Buffer.from(bytes.subarray(0, 64)).toString('hex'),
          dtype: type,
          shape,
        },
      ])
      expect(Object.fromEntries(parsed)).toEqual(tensors)
    })
  }

  test('where readers may differ it is strict, but for white space before the header', () => {
    const accepted = cases.filter(({ level, file }) => {
      if (level !== 'edge') return false
      try {
        parseSafetensors(read(file))
        return true
      } catch (error) {
        expect(error).toBeInstanceOf(SafetensorsError)
        return false
      }
    })
    expect(accepted.map(({ file }) => file)).toEqual(['files/edge_header_not_brace_start.safetensors'])
  })

  test('writes the same bytes as the reference implementation', () => {
    for (const file of ['files/ok_attn0_f32.safetensors', 'files/ok_py_i32.safetensors']) {
      expect(Buffer.from(serializeSafetensors(parseSafetensors(read(file)).tensors)).equals(read(file)), file).toBe(
        true,
      )
    }
  })
})

describe('round trips', () => {
  const stored: fc.Arbitrary<StoredTensor> = fc
    .tuple(
      fc.constantFrom(...(Object.keys(storedBits) as StoredType[])),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    )
    .filter(([type, shape]) => shape.reduce((product, n) => product * n, storedBits[type]) % 8 === 0)
    .chain(([type, shape]) => {
      const length = shape.reduce((product, n) => product * n, storedBits[type]) / 8
      return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ type, shape, bytes }))
    })
  const name = fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => text !== '__metadata__')
  const files = fc.tuple(
    fc.dictionary(name, stored, { noNullPrototype: true }),
    fc.dictionary(name, fc.string(), { noNullPrototype: true }),
  )

  test('any tensors and metadata come back as they were', () => {
    fc.assert(
      fc.property(files, ([tensors, metadata]) => {
        const file = serializeSafetensors(new Map(Object.entries(tensors)), new Map(Object.entries(metadata)))
        const back = parseSafetensors(file)
        expect(new Map(back.metadata)).toEqual(new Map(Object.entries(metadata)))
        expect(new Set(back.tensors.keys())).toEqual(new Set(Object.keys(tensors)))
        for (const [key, { type, shape, bytes }] of back.tensors) {
          expect({ type, shape, bytes: [...bytes] }).toEqual({ ...tensors[key]!, bytes: [...tensors[key]!.bytes] })
          // Elements may be viewed in place.
          expect((bytes.byteOffset - file.byteOffset) % Math.max(1, storedBits[type] / 8)).toBe(0)
        }
      }),
    )
  })

  test('no cut of a file is read', () => {
    const file = read('files/ok_attn0_f32.safetensors')
    for (let length = 0; length < file.length; length++) {
      expect(() => parseSafetensors(file.subarray(0, length)), `${length} bytes`).toThrow(SafetensorsError)
    }
  })

  test('a changed byte is read or refused, never anything else', () => {
    const file = read('files/ok_unicode_names.safetensors')
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (place, byte) => {
        const changed = Uint8Array.from(file)
        changed[place] = byte
        try {
          parseSafetensors(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('tensors of every element type come back, and on to the same bytes', async () => {
    const tensors = new Map([
      [
        'f32',
        tensor([
          [1.5, -0, Number.NaN],
          [Number.POSITIVE_INFINITY, 1e-45, -3],
        ]),
      ],
      ['i32', tensor([-(2 ** 31), 2 ** 31 - 1], { dtype: 'i32' })],
      ['u32', tensor([0, 2 ** 32 - 1], { dtype: 'u32' })],
      ['bool', tensor([true, false], { dtype: 'bool' })],
      ['f16', tensor([0.1, 65504], { dtype: 'f16' })],
      ['bf16', tensor([0.1, 3e38], { dtype: 'bf16' })],
      ['i8', tensor([-128, 127], { dtype: 'i8' })],
      ['u8', tensor([0, 255], { dtype: 'u8' })],
      ['scalar', tensor(7)],
      ['empty', tensor(new Float32Array(0), { shape: [0, 3] })],
    ])
    const file = await encodeTensors(tensors, new Map([['format', 'pt']]))
    const back = decodeTensors(Buffer.from(file))
    expect(await encodeTensors(back, new Map([['format', 'pt']]))).toEqual(file)
    for (const [key, x] of tensors) {
      expect([back.get(key)!.dtype, back.get(key)!.shape], key).toEqual([x.dtype, x.shape])
      expect(await back.get(key)!.data(), key).toEqual(await x.data())
    }
  })
})

describe('types without a counterpart', () => {
  test('F64 is rounded to f32, and small I64 become i32', async () => {
    const double = new Uint8Array(Float64Array.of(0.1).buffer)
    expect([...(await toTensor('x', { type: 'F64', shape: [1], bytes: double }).data())]).toEqual([Math.fround(0.1)])
    expect(await toTensor('x', scalar('I64', [0xfe, 255, 255, 255, 255, 255, 255, 255])).item()).toBe(-2)
    expect(await toTensor('x', scalar('I16', [0xfe, 255])).item()).toBe(-2)
  })

  test('an integer that does not fit, and a type unknown here, are named', () => {
    expect(() => toTensor('ids', scalar('I64', [0, 0, 0, 0, 1, 0, 0, 0]))).toThrow(
      "safetensors: 'ids' holds 4294967296 at element 0, which does not fit into i32",
    )
    expect(() => toTensor('w', scalar('F8_E5M2', [0]))).toThrow(
      /'w' is F8_E5M2, which has no counterpart here; readable are F64/,
    )
  })

  test('bytes that do not fill a shape are not written', async () => {
    const short = { ...(await fromTensor(tensor([1, 2]))), shape: [3] }
    expect(() => serializeSafetensors(new Map([['w', short]]))).toThrow("'w', F32 of shape [3], takes 12 bytes, got 8")
  })
})
