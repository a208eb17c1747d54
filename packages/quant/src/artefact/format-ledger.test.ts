import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Encoded } from '../scheme.ts'
import { affine } from '../schemes/affine/affine.ts'
import { saveArtefact } from './file.ts'
import { formatLedger } from './format-ledger.ts'
import { gzipBytes } from './gzip-bytes.ts'

const weights = Float32Array.from({ length: 256 }, (_, index) => (index % 4 === 0 ? index / 256 : 0))
const tensors = new Map<string, Encoded>([
  ['dense.weight', affine({ bits: 8, grid: 'zeroExact', granularity: 'row' }).encode(weights, [16, 16])],
  ['dense.bias', { scheme: 'f32', shape: [16], values: new Float32Array(16).fill(1) }],
])
const { file, ledger } = saveArtefact({ tensors, metadata: new Map() }, { huffman: false, forms: ['dense', 'masked'] })

describe('a ledger as text', () => {
  const lines = formatLedger(ledger, { gzip: 400 }).split('\n')
  const cells = lines.map((line) => line.trim().split(/ {2,}/))

  it('has a row for each tensor, with columns for the parts there are', () => {
    const head = ['tensor', 'scheme', 'form', 'weights', 'not 0', 'codes', 'values', 'steps', 'zeroPoints', 'index']
    expect(cells[0]).toEqual([...head, 'bytes', 'bits/weight'])
    // 63 of the 64 weights kept are not 0; a mask of 256 bits.
    expect(cells[1]).toEqual([
      'dense.weight',
      'affine',
      'masked',
      '256',
      '63',
      '63',
      '0',
      '64',
      '16',
      '32',
      '175',
      '5.469',
    ])
    expect(cells[2]).toEqual(['dense.bias', 'f32', 'dense', '16', '16', '0', '64', '0', '0', '0', '64', '32.000'])
  })

  it('adds up to the file', () => {
    const bytes = (name: string): number => Number(cells.find(([first]) => first === name)![1])
    const sums = cells.find(([first]) => first === 'all tensors')!
    expect(Number(sums.at(-1))).toBe(175 + 64)
    const rest = bytes('length of the header') + bytes('header') + bytes('header padding')
    expect(Number(sums.at(-1)) + rest).toBe(file.length)
    expect(bytes('file')).toBe(file.length)
    expect(ledger.bitsPerWeight).toBe((8 * file.length) / 272)
    expect(bytes('file after gzip')).toBe(400)
  })

  it('stands in columns: numbers end where their heads do', () => {
    const end = lines[0]!.indexOf('weights') + 'weights'.length
    expect(lines[1]!.slice(0, end)).toMatch(/ 256$/)
    expect(lines[2]!.slice(0, end)).toMatch(/ 16$/)
  })
})

describe('the bytes of a file after gzip', () => {
  it('are those that zlib makes', async () => {
    expect(gunzipSync(gzipSync(file)).equals(file)).toBe(true)
    expect(await gzipBytes(file)).toBe(gzipSync(file).length)
  })
})
