import { expect, test } from 'vitest'
import { onnxModel } from './onnx-model.ts'

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
  const attributes = { axis: -1, mode: 'none', epsilon: { float: 0.5 } }
  const model = onnxModel({
    nodes: [{ op: 'Op', inputs: ['a', 'b'], outputs: ['y'], attributes, domain: 'com.microsoft' }],
    inputs: [
      { name: 'a', shape: [300, 2], type: 'float' },
      { name: 'b', shape: [], type: 'int32' },
    ],
    outputs: [{ name: 'y', shape: [2], type: 'float' }],
  })
  expect(all(model, 1)).toEqual([9n])
  expect(texts(model, 8, 1)).toEqual(['', 'com.microsoft'])
  expect(messages(model, 8).flatMap((each) => all(each, 2))).toEqual([20n, 1n])
  const [node] = messages(model, 7, 1)
  expect([texts(node!, 1), texts(node!, 2), texts(node!, 4), texts(node!, 7)]).toEqual([
    ['a', 'b'],
    ['y'],
    ['Op'],
    ['com.microsoft'],
  ])
  const [axis, mode, epsilon] = messages(node!, 5)
  expect([texts(axis!, 1), all(axis!, 3), all(axis!, 20)]).toEqual([['axis'], [-1n], [2n]])
  expect([texts(mode!, 1), texts(mode!, 4), all(mode!, 20)]).toEqual([['mode'], ['none'], [3n]])
  const [half] = all(epsilon!, 2) as [Uint8Array]
  expect(new DataView(half.buffer, half.byteOffset).getFloat32(0, true)).toBe(0.5)
  expect(all(epsilon!, 20)).toEqual([1n])
  expect(texts(model, 7, 11, 1)).toEqual(['a', 'b'])
  const types = messages(model, 7, 11, 2, 1)
  expect(types.map((each) => all(each, 1))).toEqual([[1n], [6n]])
  expect(types.map((each) => messages(each, 2, 1).flatMap((dimension) => all(dimension, 1)))).toEqual([[300n, 2n], []])
  expect(texts(model, 7, 12, 1)).toEqual(['y'])
})
