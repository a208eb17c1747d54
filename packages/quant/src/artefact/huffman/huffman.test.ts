import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalCodes } from './canonical.ts'
import { codeLengths } from './code-lengths.ts'
import { HuffmanDecoder } from './decoder.ts'
import { countSymbols, encodeHuffman, huffmanBits } from './encode.ts'

interface Case {
  readonly name: string
  readonly freqs: readonly number[]
  readonly huffman_total_bits: number
  readonly symbols_first200: readonly number[]
}

const { cases } = JSON.parse(readFileSync(new URL('../../../test/huffman.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[]
}

/** Bits of an optimal code without a limit: the sum of all inner nodes of Huffman's tree, by repeated merging. */
function optimalBits(counts: readonly number[]): number {
  const nodes = counts.filter((count) => count > 0)
  if (nodes.length === 1) return nodes[0]!
  let bits = 0
  while (nodes.length > 1) {
    nodes.sort((a, b) => b - a)
    const merged = nodes.pop()! + nodes.pop()!
    bits += merged
    nodes.push(merged)
  }
  return bits
}

function decode(bytes: Uint8Array, lengths: Uint8Array, count: number): Uint8Array {
  const decoder = new HuffmanDecoder(lengths, count)
  decoder.push(bytes)
  return decoder.finish()
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 })
/** Few symbols, some of them frequent. */
const skewed = fc
  .array(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 12 })
  .map((runs) => Uint8Array.from(runs.flatMap(([symbol, count]) => new Array<number>(count).fill(symbol))))

describe("Huffman's code", () => {
  it.each(cases)('$name: as many bits as the reference', ({ freqs, huffman_total_bits, symbols_first200 }) => {
    const lengths = codeLengths(freqs)
    expect(huffmanBits(freqs, lengths)).toBe(huffman_total_bits)
    const symbols = Uint8Array.from(symbols_first200)
    expect(decode(encodeHuffman(symbols, lengths), lengths, symbols.length)).toEqual(symbols)
  })

  it('gives symbols back, whatever they are', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, skewed), (symbols) => {
        const lengths = codeLengths(countSymbols(symbols, 256))
        const encoded = encodeHuffman(symbols, lengths)
        expect(encoded.length).toBe(Math.ceil(huffmanBits(countSymbols(symbols, 256), lengths) / 8))
        expect(decode(encoded, lengths, symbols.length)).toEqual(symbols)
      }),
    )
  })

  it('is as short as one can be, as long as the limit does not bind', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 40 }), (counts) => {
        fc.pre(counts.some((count) => count > 0))
        expect(huffmanBits(counts, codeLengths(counts, 40))).toBe(optimalBits(counts))
      }),
    )
  })

  it('keeps to the limit where it binds, with the shortest code that does: by trying all', () => {
    // Fibonacci's counts make the deepest tree.
    const counts = [1, 1, 2, 3, 5, 8]
    for (const limit of [3, 4, 5]) {
      const lengths = codeLengths(counts, limit)
      expect(Math.max(...lengths)).toBeLessThanOrEqual(limit)
      let best = Number.POSITIVE_INFINITY
      for (let trial = 0; trial < limit ** counts.length; trial++) {
        const tried = counts.map((_, symbol) => (Math.floor(trial / limit ** symbol) % limit) + 1)
        const kraft = tried.reduce((sum, length) => sum + 2 ** -length, 0)
        if (kraft <= 1) best = Math.min(best, huffmanBits(counts, Uint8Array.from(tried)))
      }
      expect(huffmanBits(counts, lengths)).toBe(best)
    }
    expect(() => codeLengths(counts, 2)).toThrow('6 symbols have no codes of 2 bits')
    const fibonacci = [1, 1]
    while (fibonacci.length < 64) fibonacci.push(fibonacci.at(-1)! + fibonacci.at(-2)!)
    const lengths = codeLengths(fibonacci)
    expect(Math.max(...lengths)).toBe(15)
    expect(() => canonicalCodes(lengths)).not.toThrow()
  })

  it('has the codes of RFC 1951, section 3.2.2, each from its highest bit on', () => {
    // A to H with lengths 3, 3, 3, 3, 3, 2, 4, 4 have 010, 011, 100, 101, 110, 00, 1110, 1111.
    const codes = canonicalCodes(Uint8Array.of(3, 3, 3, 3, 3, 2, 4, 4))
    expect([...codes]).toEqual([0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111])
  })

  it('can be decoded as its bytes arrive', () => {
    fc.assert(
      fc.property(skewed, fc.array(fc.nat(20), { minLength: 1 }), (symbols, cuts) => {
        const lengths = codeLengths(countSymbols(symbols, 256))
        const encoded = encodeHuffman(symbols, lengths)
        const decoder = new HuffmanDecoder(lengths, symbols.length)
        const arrived: number[] = []
        for (let place = 0, cut = 0; place < encoded.length; cut++) {
          const end = place + Math.max(1, cuts[cut % cuts.length]!)
          arrived.push(...decoder.push(encoded.subarray(place, end)))
          place = end
        }
        expect(Uint8Array.from(arrived)).toEqual(symbols)
        expect(decoder.finish()).toEqual(symbols)
      }),
    )
  })

  it('is refused where it is none, stops short, or goes on', () => {
    const lengths = codeLengths([5, 2, 1])
    const encoded = encodeHuffman(Uint8Array.of(0, 1, 0, 2), lengths)
    expect(() => new HuffmanDecoder(Uint8Array.of(1, 1, 1), 3)).toThrow('no complete prefix code')
    expect(() => new HuffmanDecoder(Uint8Array.of(1, 2), 3)).toThrow('no complete prefix code')
    expect(() => new HuffmanDecoder(Uint8Array.of(0, 0), 3)).toThrow('no complete prefix code')
    expect(() => new HuffmanDecoder(Uint8Array.of(0, 3), 3)).toThrow('no complete prefix code')
    expect(() => decode(encoded, lengths, 9)).toThrow('ends after 6 of 9 symbols')
    expect(() => decode(Uint8Array.of(...encoded, 0), lengths, 4)).toThrow('goes on after its last symbol')
    expect(() => decode(encoded, lengths, 3)).toThrow('bits set after its last symbol')
    expect(() => decode(Uint8Array.of(0b10), Uint8Array.of(1, 0), 3)).toThrow(
      'no code begins as the bits after symbol 1',
    )
    expect(() => encodeHuffman(Uint8Array.of(3), lengths)).toThrow('symbol 0 is 3, which has no code')
  })
})
