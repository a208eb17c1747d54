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

/**
 * The blocks of a training step of a Transformer (4 layers, 256 wide, 4 x 256 inside, 2048 words, batches of 4 texts)
 * on texts of a length: activations are kept until the way back, which frees them one after the other.
 */
function trainingStep(pool: Pool, length: number): number {
  const rows = 4 * 4 * length
  const kept: (readonly [number, number])[] = []
  let most = 0
  let used = 0
  const allocate = (bytes: number) => {
    used += bytes
    most = Math.max(most, used)
    return [pool.allocate(bytes), bytes] as const
  }
  const free = ([pointer, bytes]: readonly [number, number]) => {
    used -= bytes
    pool.free(pointer, bytes)
  }
  for (let layer = 0; layer < 4; layer++) {
    const temporary = allocate(rows * 256)
    for (const width of [256, 256, 256, 4, 256, 1, 1024, 1024, 256, 1]) kept.push(allocate(rows * width))
    free(temporary)
  }
  let cotangent = allocate(Math.ceil(rows * 0.15) * 2048)
  for (const block of kept.reverse()) {
    const next = allocate(block[1])
    free(cotangent)
    cotangent = next
    free(block)
  }
  free(cotangent)
  return most
}

test('texts of varying lengths leave no gaps: after 10,000 steps memory is less than 1.3 times the most in use', () => {
  const pool = new Pool(new WebAssembly.Memory({ initial: 1 }), 100)
  const weights = Array.from({ length: 50 }, (_, i) => [262144, 1048576, 1024, 1024][i % 4]!)
  for (const bytes of weights) pool.allocate(bytes)
  const constant = weights.reduce((sum, bytes) => sum + bytes, 0)
  let most = 0
  for (let step = 0; step < 10_000; step++) {
    most = Math.max(most, constant + trainingStep(pool, 8 + ((step * 7919) % 121)))
  }
  // Rounding takes a sixteenth; an eighth is grown ahead.
  expect(pool.memory.buffer.byteLength).toBeLessThan(1.3 * most)
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
