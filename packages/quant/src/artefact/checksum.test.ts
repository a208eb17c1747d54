import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { affine } from '../schemes/affine/affine.ts'
import { checksumOf } from './checksum.ts'
import { readArtefact, saveArtefact } from './file.ts'

it('is the CRC-32 of zlib', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = JSON.stringify(['w', 'U8', [bytes.length]])
      const expected = crc32(Buffer.concat([Buffer.from(text), bytes]))
      const tensors = new Map([['w', { type: 'U8' as const, shape: [bytes.length], bytes }]])
      expect(checksumOf(tensors, new Map())).toBe(expected.toString(16).padStart(8, '0'))
    }),
  )
})

it('finds any bit that has flipped in the tensors', () => {
  const weight = Float32Array.from({ length: 64 }, (_, index) => Math.sin(index))
  const tensors = new Map([['w', affine({ bits: 4, granularity: 'row' }).encode(weight, [8, 8])]])
  const { file, ledger } = saveArtefact({ tensors, metadata: new Map() })
  for (let bit = 0; bit < 8 * ledger.tensorBytes; bit++) {
    const flipped = file.slice()
    flipped[file.length - ledger.tensorBytes + (bit >> 3)]! ^= 1 << (bit & 7)
    expect(() => readArtefact(flipped)).toThrow('its checksum is')
  }
})
