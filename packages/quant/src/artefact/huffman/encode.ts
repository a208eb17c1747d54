import { canonicalCodes } from './canonical.ts'

/** How often each symbol 0 … alphabet - 1 occurs. */
export function countSymbols(symbols: Uint8Array, alphabet: number): Float64Array {
  const counts = new Float64Array(alphabet)
  for (let index = 0; index < symbols.length; index++) counts[symbols[index]!]!++
  return counts
}

/** Bits of symbols with these counts in a code of these lengths: Σ count · length. */
export function huffmanBits(counts: ArrayLike<number>, lengths: Uint8Array): number {
  return lengths.reduce((bits, length, symbol) => bits + counts[symbol]! * length, 0)
}

/**
 * Symbols in the canonical code of these lengths, one after the other, filled in from the lowest bit of each byte; unused
 * bits of the last byte are 0.
 *
 * @throws RangeError if a symbol has no code
 */
export function encodeHuffman(symbols: Uint8Array, lengths: Uint8Array): Uint8Array {
  const codes = canonicalCodes(lengths)
  const bytes = new Uint8Array(Math.ceil(huffmanBits(countSymbols(symbols, lengths.length), lengths) / 8))
  let waiting = 0
  let waitingBits = 0
  let next = 0
  for (let index = 0; index < symbols.length; index++) {
    const symbol = symbols[index]!
    const length = lengths[symbol]
    if (!length) throw new RangeError(`encodeHuffman: symbol ${index} is ${symbol}, which has no code`)
    waiting |= codes[symbol]! << waitingBits
    for (waitingBits += length; waitingBits >= 8; waitingBits -= 8) {
      bytes[next++] = waiting
      waiting >>>= 8
    }
  }
  if (waitingBits > 0) bytes[next] = waiting
  return bytes
}
