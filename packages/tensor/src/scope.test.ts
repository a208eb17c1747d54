import { beforeEach, describe, expect, it } from 'vitest'
import { type Backend, openBackend, range, scope, type Tensor, tensor, useBackend } from './index.ts'

let backend: Backend
beforeEach(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

const alive = (): number => backend.memory().tensors

describe('a scope', () => {
  it('frees what was made in it, and nothing else', () => {
    const outside = range(3)
    {
      using _ = scope()
      range(3).add(1)
      expect(alive()).toBe(4)
    }
    expect(alive()).toBe(1)
    expect(outside.disposed).toBe(false)
  })

  it('lets one out, or a list, into the scope around it', () => {
    using outer = scope()
    let kept: readonly Tensor[]
    {
      using inner = scope()
      kept = inner.keep([range(1), range(2)])
      expect(inner.keep(range(3)).shape).toEqual([3])
    }
    expect(alive()).toBe(3)
    outer[Symbol.dispose]()
    expect(alive()).toBe(0)
    expect(kept.every(({ disposed }) => disposed)).toBe(true)
  })

  it('frees when an exception passes through', () => {
    expect(() => {
      using _ = scope()
      range(3).matmul(range(3))
    }).toThrow()
    expect(alive()).toBe(0)
    // And the next tensor belongs to no scope.
    const after = range(1)
    expect(alive()).toBe(1)
    after.dispose()
  })

  it('leaves a tensor of the scope around where it is', () => {
    using _outer = scope()
    const x = range(3)
    {
      using inner = scope()
      inner.keep(x)
    }
    expect(x.disposed).toBe(false)
  })

  it('does not mind what was freed before its end', () => {
    using inner = scope()
    const x = range(3)
    x.dispose()
    x.dispose()
    expect(alive()).toBe(0)
    inner[Symbol.dispose]()
    inner[Symbol.dispose]()
  })

  it('keeps nothing for a scope around that has ended: the next one around gets it', () => {
    using outermost = scope()
    const outer = scope()
    const inner = scope()
    const x = range(3)
    outer[Symbol.dispose]()
    inner.keep(x)
    inner[Symbol.dispose]()
    expect(x.disposed).toBe(false)
    outermost[Symbol.dispose]()
    expect(x.disposed).toBe(true)
  })

  it('frees one storage once its last handle is gone, whatever scopes they belong to', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ])
    const flat = ((): Tensor => {
      using inner = scope()
      return inner.keep(x.reshape([4]))
    })()
    expect(alive()).toBe(1)
    x.dispose()
    expect(alive()).toBe(1)
    flat.dispose()
    expect(alive()).toBe(0)
  })
})
