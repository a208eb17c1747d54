import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Pool } from './pool.ts'

const page = 65536

function poolOf(pages: number): Pool {
  return new Pool(new WebAssembly.Memory({ initial: 1 }), 100, pages * page)
}

test('blocks in use never overlap, lie within the memory and begin at cache lines, whatever comes and goes', () => {
  const steps = fc.array(fc.record({ bytes: fc.nat(200_000), frees: fc.boolean(), which: fc.nat() }), { maxLength: 80 })
  fc.assert(
    fc.property(steps, (list) => {
      const pool = poolOf(32)
      const blocks: { pointer: number; bytes: number }[] = []
      for (const { bytes, frees, which } of list) {
        if (frees && blocks.length > 0) {
          const [block] = blocks.splice(which % blocks.length, 1)
          pool.free(block!.pointer, block!.bytes)
          continue
        }
        try {
          blocks.push({ pointer: pool.allocate(bytes), bytes })
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
        const sorted = [...blocks].sort((a, b) => a.pointer - b.pointer)
        sorted.forEach(({ pointer, bytes: size }, index) => {
          expect(pointer % 64).toBe(0)
          expect(pointer).toBeGreaterThanOrEqual(100)
          // The line behind the last block may be read too.
          const next = sorted[index + 1]?.pointer ?? pool.memory.buffer.byteLength - 64
          expect(pointer + Math.max(size, 1)).toBeLessThanOrEqual(next)
        })
      }
      for (const { pointer, bytes } of blocks) pool.free(pointer, bytes)
      expect(pool.used).toBe(0)
    }),
  )
})

test('a freed block serves the next request of its size, so memory stays as it is over many steps', () => {
  const pool = poolOf(100)
  const lengths = Array.from({ length: 50 }, (_, i) => 1000 + 37 * i)
  const step = () => lengths.map((bytes) => [pool.allocate(bytes), bytes] as const).forEach(([p, b]) => pool.free(p, b))
  step()
  const { byteLength } = pool.memory.buffer
  for (let i = 0; i < 10_000; i++) step()
  expect(pool.memory.buffer.byteLength).toBe(byteLength)
  expect(pool.used).toBe(0)
})

test('rounding costs at most a fifth of a block, or 64 bytes', () => {
  for (let bytes = 1; bytes < 30_000; bytes += 7) {
    const pool = poolOf(1)
    pool.allocate(bytes)
    expect(pool.used - bytes).toBeLessThanOrEqual(Math.max(pool.used / 5, 64))
  }
})

test('a request that cannot be served says what was requested, used and allowed, and changes nothing', () => {
  const pool = poolOf(4)
  const pointer = pool.allocate(2 * page)
  expect(() => pool.allocate(3 * page)).toThrow(
    new RangeError(
      'wasm memory: 196608 bytes requested with 131072 in use, limit 262144; ' +
        'free tensors earlier (scopes), take a smaller batch or model, or raise memoryLimit (at most 4 GiB)',
    ),
  )
  expect(pool.used).toBe(2 * page)
  pool.free(pointer, 2 * page)
  expect(pool.allocate(2 * page)).toBe(pointer)
})

test('at the limit, larger free blocks are split', () => {
  const pool = poolOf(4)
  const pointer = pool.allocate(3 * page)
  pool.free(pointer, 3 * page)
  const blocks = Array.from({ length: 3 }, () => pool.allocate(page))
  expect(new Set(blocks).size).toBe(3)
  expect(() => pool.allocate(page)).toThrow(RangeError)
})

test('addresses beyond 2 GiB are positive', { timeout: 20_000 }, () => {
  const pool = new Pool(new WebAssembly.Memory({ initial: 1 }), 0)
  let pointer = 0
  try {
    for (let i = 0; i < 5; i++) pointer = pool.allocate(2 ** 29)
  } catch (error) {
    // A machine without that much address space: the error is the documented one.
    expect(error).toBeInstanceOf(RangeError)
    return
  }
  expect(pointer).toBe(2 ** 31)
  new Uint8Array(pool.memory.buffer)[pointer] = 1
})
