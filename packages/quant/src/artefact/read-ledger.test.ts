import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Encoded } from '../scheme.ts'
import { affine } from '../schemes/affine/affine.ts'
import { codebook } from '../schemes/codebook.ts'
import { saveArtefact } from './file.ts'
import { readLedger } from './read-ledger.ts'

const weights = fc
  .array(fc.oneof(fc.constant(0), fc.float({ min: -1, max: 1, noNaN: true })), { minLength: 4, maxLength: 200 })
  .map((values) => Float32Array.from(values.slice(0, values.length - (values.length % 4))))

it('a file read back has the ledger that it was written with', () => {
  fc.assert(
    fc.property(weights, fc.boolean(), fc.integer({ min: 2, max: 8 }), (values, huffman, bits) => {
      const shape = [4, values.length / 4]
      const tensors = new Map<string, Encoded>([
        ['a', affine({ bits, grid: 'zeroExact', granularity: 'row' }).encode(values, shape)],
        ['b', codebook({ bits, zero: true }).encode(values, shape)],
        ['c', { scheme: 'f32' as const, shape, values }],
      ])
      const { file, ledger } = saveArtefact({ tensors, metadata: new Map() }, { huffman })
      const read = readLedger(file)
      const byName = (rows: typeof ledger.rows) => new Map(rows.map((row) => [row.name, row]))
      expect({ ...read.ledger, rows: byName(read.ledger.rows) }).toEqual({ ...ledger, rows: byName(ledger.rows) })
    }),
  )
})
