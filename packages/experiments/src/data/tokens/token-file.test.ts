import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TokenFile } from './token-file.ts'
import { TokenWriter } from './token-writer.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-ids-'))
})
afterAll(() => rm(directory, { recursive: true }))

test.each([1000, 100_000])('windows of a file are what was written, with %i ids in the vocabulary', async (size) => {
  const count = 300_000 // more than the writer holds, and parts of which the last is not full
  const ids = Int32Array.from({ length: count }, (_, place) => (place * 7919) % size)
  const path = join(directory, `${size}.bin`)
  {
    await using writer = await TokenWriter.open(path, size)
    for (let at = 0; at < count; at += 12_345) await writer.append(ids.subarray(at, at + 12_345))
    await writer.flush()
  }
  using file = new TokenFile(path, size)
  fc.assert(
    fc.property(fc.nat(count), fc.nat(count), (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)]
      const window = new Int32Array(end - start)
      file.copy(start, window)
      // toEqual on typed arrays of this size takes a second
      expect(Buffer.compare(bytes(window), bytes(ids.subarray(start, end)))).toBe(0)
    }),
    { numRuns: 50 },
  )
})

function bytes(ids: Int32Array): Uint8Array {
  return new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength)
}
