import { beforeEach, describe, expect, it } from 'vitest'
import {
  type Backend,
  DTypeError,
  dropout,
  full,
  openBackend,
  range,
  ShapeError,
  scope,
  tensor,
  useBackend,
  withBackend,
  zeros,
} from './index.ts'

let backend: Backend
beforeEach(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

describe('tensor', () => {
  it('has the shape of nested lists', async () => {
    expect(tensor(7).shape).toEqual([])
    expect(tensor([]).shape).toEqual([0])
    expect(tensor([[], []]).shape).toEqual([2, 0])
    const x = tensor([[[1, 2, 3]], [[4, 5, 6]]])
    expect(x.shape).toEqual([2, 1, 3])
    expect(await x.data()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6))
  })

  it('refuses ragged lists, saying where', () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(
      new ShapeError('tensor: lists are ragged: expected 2 entries at depth 1, got 1'),
    )
    expect(() => tensor([[1], 2])).toThrow(/expected 1 entries at depth 1, got a number/)
    expect(() => tensor([1, [2]])).toThrow(/nested deeper in some places than 1/)
    expect(backend.memory().tensors).toBe(0)
  })

  it('takes the type of an array, or the type given', async () => {
    expect(tensor(Int32Array.of(1)).dtype).toBe('i32')
    expect(tensor(Uint32Array.of(1)).dtype).toBe('u32')
    expect(tensor(Int8Array.of(1)).dtype).toBe('i8')
    expect(tensor(Uint8Array.of(1)).dtype).toBe('u8')
    expect(tensor([1]).dtype).toBe('f32')
    expect(await tensor([0, 2, -1], { dtype: 'bool' }).data()).toEqual(Uint8Array.of(0, 1, 1))
    expect(await tensor(Float32Array.of(1.9, -1.9), { dtype: 'i32' }).data()).toEqual(Int32Array.of(1, -1))
  })

  it('rounds to 16 bits, or takes them as they are', async () => {
    expect(await tensor([1, 65504, 1e-8], { dtype: 'f16' }).data()).toEqual(Uint16Array.of(0x3c00, 0x7bff, 0))
    expect(await tensor(Uint16Array.of(0x3c00), { dtype: 'f16' }).cast('f32').data()).toEqual(Float32Array.of(1))
    expect(await tensor([1, -2], { dtype: 'bf16' }).data()).toEqual(Uint16Array.of(0x3f80, 0xc000))
  })

  it('refuses a shape that the numbers do not fill, or that is none', () => {
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(/tensor: 3 numbers do not fill shape \[2, 2\] of 4/)
    expect(() => tensor([1], { shape: [-1] })).toThrow(/sizes must be whole numbers >= 0, got \[-1\]/)
  })
})

describe('filled tensors', () => {
  it('hold one value, or 0, 1, …, in every type', async () => {
    expect(await full([2, 2], 3).data()).toEqual(Float32Array.of(3, 3, 3, 3))
    expect(await zeros([2], { dtype: 'i32' }).data()).toEqual(Int32Array.of(0, 0))
    expect(await range(3, { dtype: 'u32' }).data()).toEqual(Uint32Array.of(0, 1, 2))
    expect(await range(3, { dtype: 'f16' }).cast('f32').data()).toEqual(Float32Array.of(0, 1, 2))
    expect(await range(3, { dtype: 'bool' }).data()).toEqual(Uint8Array.of(0, 1, 1))
    expect(await full([], 3).data()).toEqual(Float32Array.of(3))
    expect(await full([0], 3).data()).toEqual(new Float32Array())
  })

  it('leave only themselves behind', () => {
    full([3], 1)
    tensor([1], { dtype: 'f16' })
    expect(backend.memory().tensors).toBe(2)
  })
})

describe('the backend in use', () => {
  it('can be another for a while', async () => {
    const other = await openBackend('reference')
    expect(withBackend(other, () => range(2)).backend).toBe(other)
    expect(() =>
      withBackend(other, () => {
        throw new Error('stop')
      }),
    ).toThrow('stop')
    expect(range(2).backend).toBe(backend)
  })

  it('does not matter to operations on tensors of another', async () => {
    using _ = scope()
    const other = await openBackend('reference')
    const x = range(8, { backend: other })
    expect(dropout(x, { key: [1, 2], rate: 0.5 }).backend).toBe(other)
    expect(x.reshape([2, 4]).argMax().backend).toBe(other)
    expect(x.add(1).mean().backend).toBe(other)
  })
})

describe('element types', () => {
  it('must match, and the message says which cast to write', () => {
    expect(() => range(2).add(range(2, { dtype: 'i32' }))).toThrow(
      new DTypeError("add: operands are f32 and i32; cast one: .cast('f32') or .cast('i32')"),
    )
    expect(() => range(2, { dtype: 'i32' }).exp()).toThrow(
      /exp: input is i32, expected f32 or f16; write \.cast\('f32'\)/,
    )
    expect(() => range(2).cast('f64' as 'f32')).toThrow(/there is no element type 'f64'; use f32, i32/)
    expect(() => range(2).gather(range(2))).toThrow(/gather: ids is f32, expected i32; write \.cast\('i32'\)/)
  })

  it('that only store do not compute', () => {
    expect(() => range(2, { dtype: 'bf16' }).add(1)).toThrow(/add: input is bf16, expected f32 or f16 or i32 or u32/)
    expect(() => range(2, { dtype: 'i8' }).neg()).toThrow(DTypeError)
    expect(() => range(2, { dtype: 'bf16' }).pad({ before: [1], value: 1 })).toThrow(/pad: .* is bf16, .*cast\('f32'\)/)
  })

  it('must be able to hold a number beside a tensor', () => {
    expect(() => range(2, { dtype: 'i32' }).mul(0.5)).toThrow(/0\.5 cannot be written as i32; cast the tensor first/)
    expect(() => range(2, { dtype: 'u32' }).add(-1)).toThrow(/-1 cannot be written as u32/)
    expect(() => range(2, { dtype: 'i32' }).mean()).toThrow(DTypeError)
    expect(backend.memory().tensors).toBeLessThanOrEqual(6)
  })
})
