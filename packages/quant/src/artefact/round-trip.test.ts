import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEncoded } from '../../test/encoded.ts'
import { decode } from '../decode.ts'
import type { Encoded, SchemeName } from '../scheme.ts'
import { codecs } from './codecs.ts'
import { readArtefact, saveArtefact } from './file.ts'
import type { FormName } from './forms/form.ts'
import { formNames } from './layout.ts'

const names = Object.keys(codecs) as SchemeName[]

function bytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** Saves and reads a tensor, and checks that nothing changed and every byte is accounted for. */
function throughFile(encoded: Encoded, forms?: readonly FormName[], huffman?: boolean): FormName {
  const artefact = { tensors: new Map([['w', encoded]]), metadata: new Map() }
  const { file, ledger } = saveArtefact(artefact, {
    ...(forms && { forms }),
    ...(huffman !== undefined && { huffman }),
  })
  const read = readArtefact(file)
  expect(read.tensors).toEqual(artefact.tensors)
  expect(bytes(decode(read.tensors.get('w')!))).toEqual(bytes(decode(encoded)))
  expect(ledger.headerLength + ledger.header + ledger.headerPadding + ledger.tensorBytes).toBe(file.length)
  expect(ledger.rows[0]!.bytes).toBe(Object.values(ledger.rows[0]!.parts).reduce((sum, each) => sum + each, 0))
  expect(ledger.rows[0]!.paddingBits).toBeLessThanOrEqual(14)
  return ledger.rows[0]!.form
}

describe('a tensor in a file', () => {
  for (const name of names) {
    for (const form of formNames) {
      it(`${name}, ${form}: comes back to the bit, with Huffman's code and without`, () => {
        fc.assert(
          fc.property(anyEncoded(name), fc.boolean(), (encoded, huffman) => {
            // What the form cannot hold is dense.
            expect([form, 'dense']).toContain(throughFile(encoded, [form], huffman))
          }),
          { numRuns: 40 },
        )
      })
    }

    it(`${name}: takes no more bytes with a choice of layouts than with any one of them`, () => {
      fc.assert(
        fc.property(anyEncoded(name), (encoded) => {
          const bytesOf = (forms: readonly FormName[], huffman: boolean): number =>
            saveArtefact({ tensors: new Map([['w', encoded]]), metadata: new Map() }, { forms, huffman }).ledger
              .tensorBytes
          const chosen = bytesOf(formNames, true)
          for (const form of formNames) {
            for (const huffman of [false, true]) expect(chosen).toBeLessThanOrEqual(bytesOf([form], huffman))
          }
        }),
        { numRuns: 20 },
      )
    })
  }

  it('keeps every bit of an f32, the sign of 0 and what a NaN holds too', () => {
    const any = fc.oneof(fc.constant(0), fc.constant(0), fc.nat(2 ** 32 - 1))
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 64 }), fc.constantFrom(...formNames), (bits, form) => {
        const values = new Float32Array(Uint32Array.from(bits).buffer)
        const encoded = { scheme: 'f32', shape: [values.length], values } as const
        const { file } = saveArtefact({ tensors: new Map([['w', encoded]]), metadata: new Map() }, { forms: [form] })
        const read = readArtefact(file).tensors.get('w')!
        expect([...new Uint32Array(decode(read).slice().buffer)]).toEqual(bits)
      }),
    )
  })

  it('may be empty, or a scalar, where it is f32', () => {
    throughFile({ scheme: 'f32', shape: [0, 3], values: new Float32Array(0) })
    throughFile({ scheme: 'f32', shape: [], values: Float32Array.of(0) })
  })
})

describe('the smallest layout', () => {
  const layoutOf = (values: ArrayLike<number>, huffman: boolean): string => {
    const codes = Uint8Array.from(values)
    const encoded: Encoded = {
      ...{ scheme: 'affine', shape: [codes.length / 64, 64], bits: 4, granularity: 'tensor', grid: 'symmetric' },
      ...{ codes, steps: Float32Array.of(1), offsets: new Float32Array(0), zeroPoints: new Uint8Array(0) },
    }
    const { rows } = saveArtefact({ tensors: new Map([['w', encoded]]), metadata: new Map() }, { huffman }).ledger
    return rows[0]!.huffman ? `${rows[0]!.form}, Huffman` : rows[0]!.form
  }
  const every = (step: number, code: (index: number) => number): number[] =>
    Array.from({ length: 4096 }, (_, index) => (index % step === 0 ? code(index) : 8))
  // Codes of all 16 values alike, which no prefix code makes shorter.
  const even = (index: number): number => (index * 7 + (index >> 4)) % 16

  it('is dense where nothing is 0, masked where half is, relative where little is left', () => {
    expect(
      layoutOf(
        every(1, (index) => 1 + (index % 7)),
        false,
      ),
    ).toBe('dense')
    expect(
      layoutOf(
        every(2, (index) => 1 + (index % 7)),
        false,
      ),
    ).toBe('masked')
    expect(layoutOf(every(50, even), false)).toBe('relative')
  })

  it("has Huffman's code where codes are uneven", () => {
    expect(
      layoutOf(
        every(1, (index) => (index % 10 === 0 ? even(index) : 1)),
        true,
      ),
    ).toBe('dense, Huffman')
    expect(layoutOf(every(1, even), true)).toBe('dense')
  })

  it('of four weights of which two are 0 takes as many bytes in 2:4 as with a mask, which is easier to read', () => {
    const values = Float32Array.from({ length: 256 }, (_, index) => (index % 4 < 2 ? index + 1 : 0))
    const f32: Encoded = { scheme: 'f32', shape: [4, 64], values }
    const rows = (forms: readonly FormName[]) =>
      saveArtefact({ tensors: new Map([['w', f32]]), metadata: new Map() }, { forms, huffman: false }).ledger.rows
    expect(rows(['twoOfFour'])[0]).toMatchObject({ form: 'twoOfFour', parts: { values: 512, index: 32 }, bytes: 544 })
    expect(rows(['masked'])[0]).toMatchObject({ form: 'masked', parts: { values: 512, index: 32 }, bytes: 544 })
    expect(rows(formNames)[0]!.form).toBe('masked')
  })
})
