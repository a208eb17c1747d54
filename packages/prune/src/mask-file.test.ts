import { Parameter, parseSafetensors, SafetensorsError, serializeSafetensors } from '@tlc/nn'
import { openBackend, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskOf, removeMask, setMask } from './mask.ts'
import { loadMasks, saveMasks } from './mask-file.ts'

useBackend(await openBackend('reference'))

const parameter = (size: number): Parameter => new Parameter(tensor(new Float32Array(size)))

describe('masks in a file', () => {
  it('are read back as they were, for every size', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 70 }), (flags) => {
        const [from, to] = [parameter(flags.length), parameter(flags.length)]
        setMask(from, Uint8Array.from(flags))
        loadMasks(new Map([['w', to]]), saveMasks(new Map([['w', from]])))
        expect([...maskOf(to)!]).toEqual(flags)
        for (const each of [from, to]) {
          removeMask(each)
          each.stored.dispose()
        }
      }),
    )
  })

  it('have one bit for each entry, the first lowest', () => {
    const weight = parameter(10)
    setMask(weight, Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0, 0, 1))
    const { type, shape, bytes } = parseSafetensors(saveMasks(new Map([['w', weight]]))).tensors.get('w')!
    expect([type, shape, [...bytes]]).toEqual(['U8', [2], [0b00010001, 0b10]])
  })

  it('replace those that are there: what had no mask then has none', () => {
    const parameters = new Map([
      ['a', parameter(2)],
      ['b', parameter(2)],
    ])
    setMask(parameters.get('a')!, Uint8Array.of(1, 0))
    const file = saveMasks(parameters)
    setMask(parameters.get('a')!, Uint8Array.of(0, 0))
    setMask(parameters.get('b')!, Uint8Array.of(0, 0))
    loadMasks(parameters, file)
    expect([...parameters.values()].map(maskOf)).toEqual([Uint8Array.of(1, 0), undefined])
  })

  it('are refused, all of them, if one does not fit or the file is corrupt', () => {
    const parameters = new Map([
      ['a', parameter(2)],
      ['b', parameter(2)],
    ])
    const file = (masks: Record<string, number>): Uint8Array =>
      serializeSafetensors(
        new Map(
          Object.entries(masks).map(([name, size]) => [
            name,
            { type: 'U8', shape: [size], bytes: new Uint8Array(size) },
          ]),
        ),
      )
    expect(() => loadMasks(parameters, file({ a: 1, c: 1 }))).toThrow("a mask for 'c'")
    expect(() => loadMasks(parameters, file({ a: 1, b: 2 }))).toThrow(
      "'b' has 2 entries, so its mask takes 1 bytes of U8, got 2",
    )
    expect(() => loadMasks(parameters, file({ a: 1, b: 1 }).subarray(0, -1))).toThrow(SafetensorsError)
    expect([...parameters.values()].map(maskOf)).toEqual([undefined, undefined])
  })
})
