import { canonicalCodes } from './canonical.ts'

/**
 * Decodes a canonical prefix code while its bytes arrive: one look into a table for each symbol.
 * ```ts
 * const decoder = new HuffmanDecoder(lengths, count)
 * for await (const chunk of response.body) decoder.push(chunk)
 * const symbols = decoder.finish()
 * ```
 * It never makes more symbols than it was told to.
 */
export class HuffmanDecoder {
  readonly #symbols: Uint8Array
  /** by the next `longest` bits: length of the code they begin with · 256 + its symbol; 0 if none */
  readonly #table: Uint16Array
  readonly #longest: number
  #count = 0
  #waiting = 0
  #waitingBits = 0

  /**
   * @param lengths of the code of each symbol, as `codeLengths` gives them; 256 at most
   * @param count of symbols to come
   * @throws RangeError if these are no lengths of a complete prefix code
   */
  constructor(lengths: Uint8Array, count: number) {
    const codes = canonicalCodes(lengths)
    this.#longest = lengths.reduce((most, length) => Math.max(most, length), 0)
    this.#table = new Uint16Array(2 ** this.#longest)
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol]!
      if (length === 0) continue
      for (let bits = codes[symbol]!; bits < this.#table.length; bits += 2 ** length) {
        this.#table[bits] = length * 256 + symbol
      }
    }
    this.#symbols = new Uint8Array(count)
  }

  /**
   * Decodes what these bytes complete.
   *
   * @returns the symbols that were added, a view
   * @throws RangeError if no code begins as the bytes do, or they go on after the last symbol
   */
  push(bytes: Uint8Array): Uint8Array {
    const from = this.#count
    // Local copies: the loop is where the time goes.
    const [symbols, table, longest] = [this.#symbols, this.#table, this.#longest]
    let [count, waiting, waitingBits] = [from, this.#waiting, this.#waitingBits]
    for (let next = 0; next < bytes.length; next++) {
      if (count === symbols.length) throw new RangeError('the code goes on after its last symbol')
      waiting |= bytes[next]! << waitingBits
      waitingBits += 8
      while (count < symbols.length) {
        const entry = table[waiting & (table.length - 1)]!
        const length = entry >> 8
        if (length > waitingBits || (length === 0 && waitingBits < longest)) break
        if (length === 0) throw new RangeError(`no code begins as the bits after symbol ${count} do`)
        symbols[count++] = entry & 255
        waiting >>>= length
        waitingBits -= length
      }
    }
    this.#count = count
    this.#waiting = waiting
    this.#waitingBits = waitingBits
    return symbols.subarray(from, count)
  }

  /** All symbols. @throws RangeError if some are missing, or the bits that fill up the last byte are not 0 */
  finish(): Uint8Array {
    if (this.#count < this.#symbols.length) {
      throw new RangeError(`the code ends after ${this.#count} of ${this.#symbols.length} symbols`)
    }
    if (this.#waiting !== 0) throw new RangeError('the code has bits set after its last symbol')
    return this.#symbols
  }
}
