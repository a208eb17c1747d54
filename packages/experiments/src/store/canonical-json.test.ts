import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

test('means the same as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('the order in which an object was put together does not show', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer()), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse())
      expect(canonicalJson(reversed)).toBe(canonicalJson(object))
    }),
  )
})

test('sorts by code units, inside lists too, without spaces', () => {
  expect(canonicalJson({ b: [{ z: 1, a: -0 }], a: null, B: 'é' })).toBe('{"B":"é","a":null,"b":[{"a":0,"z":1}]}')
})

test('refuses what JSON would lose, and names the place', () => {
  const loop: Record<string, unknown> = {}
  loop.self = loop
  expect(() => canonicalJson({ loss: [1, Number.NaN] })).toThrow('value.loss[1] is NaN')
  expect(() => canonicalJson({ rate: undefined })).toThrow('value.rate is undefined')
  expect(() => canonicalJson(new Array(1))).toThrow('value[0] is undefined')
  expect(() => canonicalJson({ when: new Date(0) })).toThrow('value.when is a Date')
  expect(() => canonicalJson({ weights: new Float32Array(2) })).toThrow('value.weights is a Float32Array')
  expect(() => canonicalJson({ count: 1n })).toThrow('value.count is a bigint')
  expect(() => canonicalJson(loop)).toThrow('value.self contains itself')
})
