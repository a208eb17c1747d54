import { expect, test } from 'vitest'
import { onnxModel } from './model-proto.ts'

/** A message of Protocol Buffers as rows of number and value: whole numbers, or bytes. */
function fieldsOf(bytes: Uint8Array): readonly (readonly [number, bigint | Uint8Array])[] {
  const fields: [number, bigint | Uint8Array][] = []
  let place = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes[place++]!)
      value |= (byte & 127n) << shift
      if (byte < 128n) return BigInt.asIntN(64, value)
    }
  }
  const take = (length: number): Uint8Array => {
    place += length
    return bytes.subarray(place - length, place)
  }
  while (place < bytes.length) {
    const tag = Number(varint())
    const readers: { readonly [wireType: number]: () => bigint | Uint8Array } = {
      0: varint,
      2: () => take(Number(varint())),
      5: () => take(4),
    }
    fields.push([tag >> 3, readers[tag & 7]!()])
  }
  return fields
}

const all = (message: Uint8Array, number: number) =>
  fieldsOf(message).flatMap(([field, value]) => (field === number ? [value] : []))
const messages = (message: Uint8Array, ...path: number[]): readonly Uint8Array[] =>
  path.reduce((found, number) => found.flatMap((each) => all(each, number) as Uint8Array[]), [message])
const texts = (message: Uint8Array, ...path: number[]): string[] =>
  messages(message, ...path).map((each) => new TextDecoder().decode(each))

test('a model says what its nodes read, write and are told, as the format numbers it', () => {
  const attributes = { axis: -1, mode: 'none', epsilon: { float: 0.5 }, perm: [1, 0] }
  const model = onnxModel({
    nodes: [{ op: 'Op', inputs: ['a', 'b'], outputs: ['y'], attributes, domain: 'com.microsoft' }],
    inputs: [
      { name: 'a', shape: [300, 'length'], type: 'float' },
      { name: 'b', shape: [], type: 'int32' },
    ],
    outputs: [{ name: 'y', shape: [2], type: 'float' }],
    initializers: [{ name: 'w', shape: [2, 3], type: 'uint4', bytes: Uint8Array.of(0x21, 0x43, 0x65) }],
    metadata: new Map([['license', 'MIT']]),
  })
  expect(all(model, 1)).toEqual([10n])
  expect(texts(model, 8, 1)).toEqual(['', 'com.microsoft'])
  expect(messages(model, 8).flatMap((each) => all(each, 2))).toEqual([21n, 1n])
  const [node] = messages(model, 7, 1)
  expect([texts(node!, 1), texts(node!, 2), texts(node!, 4), texts(node!, 7)]).toEqual([
    ['a', 'b'],
    ['y'],
    ['Op'],
    ['com.microsoft'],
  ])
  const [axis, mode, epsilon, perm] = messages(node!, 5)
  expect([texts(axis!, 1), all(axis!, 3), all(axis!, 20)]).toEqual([['axis'], [-1n], [2n]])
  expect([texts(mode!, 1), texts(mode!, 4), all(mode!, 20)]).toEqual([['mode'], ['none'], [3n]])
  const [half] = all(epsilon!, 2) as [Uint8Array]
  expect(new DataView(half.buffer, half.byteOffset).getFloat32(0, true)).toBe(0.5)
  expect(all(epsilon!, 20)).toEqual([1n])
  expect([texts(perm!, 1), all(perm!, 8), all(perm!, 20)]).toEqual([['perm'], [1n, 0n], [7n]])
  expect(texts(model, 7, 11, 1)).toEqual(['a', 'b'])
  const types = messages(model, 7, 11, 2, 1)
  expect(types.map((each) => all(each, 1))).toEqual([[1n], [6n]])
  expect(types.map((each) => messages(each, 2, 1).flatMap((dimension) => all(dimension, 1)))).toEqual([[300n], []])
  expect(types.map((each) => texts(each, 2, 1, 2))).toEqual([['length'], []])
  expect(texts(model, 7, 12, 1)).toEqual(['y'])
  const [weight] = messages(model, 7, 5)
  expect([all(weight!, 1), all(weight!, 2), texts(weight!, 8)]).toEqual([[2n, 3n], [21n], ['w']])
  expect(all(weight!, 9)).toEqual([Uint8Array.of(0x21, 0x43, 0x65)])
  expect([texts(model, 14, 1), texts(model, 14, 2)]).toEqual([['license'], ['MIT']])
})

test('weights that no message can hold are refused before anything is written', () => {
  const bytes = { length: 2 ** 31 } as Uint8Array
  const initializers = [{ name: 'w', shape: [2 ** 29], type: 'float', bytes }] as const
  expect(() => onnxModel({ nodes: [], inputs: [], outputs: [], initializers })).toThrow(
    /do not fit into one file of 2 GiB/,
  )
})
