import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  type Backend,
  DTypeError,
  LifetimeError,
  leakedTensors,
  openBackend,
  range,
  ShapeError,
  tensor,
  useBackend,
} from './index.ts'

let backend: Backend
beforeEach(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

describe('a tensor', () => {
  it('says what it is', () => {
    const x = tensor([[1, 2]])
    expect(String(x)).toBe('Tensor f32[1, 2] on reference')
    x.dispose()
    expect(String(x)).toBe('Tensor f32[1, 2] (freed)')
  })

  it('cannot be used after it was freed, whichever way', async () => {
    const x = range(3)
    x.dispose()
    const message = /Tensor f32\[3\] \(freed\) was used after it was freed; keep it with scope\.keep/
    expect(() => x.add(1)).toThrow(message)
    expect(() => x.reshape([3, 1])).toThrow(message)
    expect(() => range(3).mul(x)).toThrow(message)
    expect(() => x.alias()).toThrow(LifetimeError)
    expect(() => x.assign(range(3))).toThrow(LifetimeError)
    await expect(x.data()).rejects.toThrow(message)
  })

  it('gives its one element, and only if it has one', async () => {
    expect(await tensor([[7]]).item()).toBe(7)
    await expect(range(2).item()).rejects.toThrow(/item: needs one element, got shape \[2\]; use data\(\)/)
  })

  it('gives copies of its data', async () => {
    const x = range(2)
    const data = await x.data()
    data[0] = 9
    expect(await x.data()).toEqual(Float32Array.of(0, 1))
  })

  it('takes over values by assign, and other handles keep the former ones', async () => {
    const x = range(2)
    const former = x.handle()
    const id = x.id
    x.assign(tensor([5, 6]))
    expect(await x.data()).toEqual(Float32Array.of(5, 6))
    expect(await former.data()).toEqual(Float32Array.of(0, 1))
    expect(x.id).toBe(id)
    expect(backend.memory().tensors).toBe(2)
  })

  it('refuses to take over another shape or type', () => {
    expect(() => range(2).assign(range(3))).toThrow(new ShapeError('assign: shape [3] into [2]; they must be equal'))
    expect(() => range(2).assign(range(2, { dtype: 'i32' }))).toThrow(
      new DTypeError("assign: i32 into f32; write .cast('f32')"),
    )
  })

  it('shares storage with a reshape, counted once', () => {
    const x = range(6)
    const before = backend.memory()
    const views = [x.reshape([2, 3]), x.reshape([3, 2]).reshape([6, 1]), x.alias()]
    expect(backend.memory().tensors).toBe(before.tensors)
    for (const view of views) view.dispose()
    expect(x.disposed).toBe(false)
  })

  it('has handles with its id, and aliases with ids of their own', () => {
    const x = range(2)
    expect(x.handle().id).toBe(x.id)
    expect(x.alias().id).not.toBe(x.id)
  })

  it('is freed by the garbage collector if it was forgotten, and counted', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const before = leakedTensors()
    const kept = range(1)
    ;(() => {
      for (let i = 0; i < 100; i++) range(1000)
    })()
    expect(backend.memory().tensors).toBe(101)
    for (let round = 0; round < 50 && backend.memory().tensors > 1; round++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    // Those that other tests forgot may come on top.
    expect(leakedTensors()).toBeGreaterThanOrEqual(before + 100)
    expect(backend.memory().tensors).toBe(1)
    expect(kept.disposed).toBe(false)
  })
})
