import { packCodes, packedBytes, unpackCodes } from '../pack.ts'
import { codeLengths } from './huffman/code-lengths.ts'
import { HuffmanDecoder } from './huffman/decoder.ts'
import { countSymbols, encodeHuffman, huffmanBits } from './huffman/encode.ts'

/** How whole numbers become bytes: each in the same number of bits, or frequent ones in fewer. */
export type CodingName = 'packed' | 'huffman'

/** Whole numbers as bytes. */
export interface Coded {
  readonly bytes: Uint8Array
  /** lengths of the Huffman code, 4 bits for each of the 2^bits numbers; else empty */
  readonly table: Uint8Array
  /** bits that fill up the last byte */
  readonly paddingBits: number
}

/**
 * How whole numbers below 2^bits would take the fewest bytes, table included; `packed` if that is as short.
 *
 * @param huffman whether that may be used
 */
export function planCoding(
  symbols: Uint8Array,
  bits: number,
  huffman: boolean,
): { readonly coding: CodingName; readonly bytes: number } {
  const packed = packedBytes(symbols.length, bits)
  // Huffman's code takes a bit for each number at least.
  if (huffman && bits > 1 && symbols.length > 0) {
    const counts = countSymbols(symbols, 2 ** bits)
    const bytes = Math.ceil(huffmanBits(counts, codeLengths(counts)) / 8) + tableBytes(bits)
    if (bytes < packed) return { coding: 'huffman', bytes }
  }
  return { coding: 'packed', bytes: packed }
}

/** Whole numbers below 2^bits as bytes. @throws RangeError if one does not fit */
export function encodeSymbols(symbols: Uint8Array, bits: number, coding: CodingName): Coded {
  if (coding === 'packed') {
    const bytes = packCodes(symbols, bits)
    return { bytes, table: new Uint8Array(0), paddingBits: 8 * bytes.length - bits * symbols.length }
  }
  const counts = countSymbols(symbols, 2 ** bits)
  const lengths = codeLengths(counts)
  const bytes = encodeHuffman(symbols, lengths)
  return { bytes, table: packCodes(lengths, 4), paddingBits: 8 * bytes.length - huffmanBits(counts, lengths) }
}

/**
 * The inverse of `encodeSymbols`. Nothing is allocated before the bytes are found to be able to hold so many numbers.
 *
 * @throws RangeError if bytes or table are not those of so many numbers
 */
export function decodeSymbols(
  { bytes, table }: Omit<Coded, 'paddingBits'>,
  bits: number,
  coding: CodingName,
  count: number,
): Uint8Array {
  if (coding === 'packed') return unpackCodes(bytes, bits, count)
  if (count > 8 * bytes.length) throw new RangeError(`${bytes.length} bytes cannot hold ${count} Huffman codes`)
  const decoder = new HuffmanDecoder(unpackCodes(table, 4, 2 ** bits), count)
  decoder.push(bytes)
  return decoder.finish()
}

/** Bytes of the table of a Huffman code for numbers below 2^bits. */
export function tableBytes(bits: number): number {
  return packedBytes(2 ** bits, 4)
}
