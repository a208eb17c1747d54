import { checkBits } from './schemes/affine/affine.ts'

/** Bytes that `count` codes of `bits` bits take: ⌈count · bits / 8⌉. */
export function packedBytes(count: number, bits: number): number {
  return Math.ceil((count * bits) / 8)
}

/**
 * Codes as one stream of bits, little end first: code i takes bits i·k … i·k + k - 1 of the stream, its lowest bit first,
 * and bit j of the stream is bit j mod 8 of byte ⌊j / 8⌋. The unused bits of the last byte are 0.
 *
 * @throws RangeError if bits are not 1 to 8, or a code does not fit
 */
export function packCodes(codes: Uint8Array, bits: number): Uint8Array {
  checkBits(bits)
  const packed = new Uint8Array(packedBytes(codes.length, bits))
  let waiting = 0
  let waitingBits = 0
  let next = 0
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index]!
    if (code >> bits !== 0)
      throw new RangeError(`packCodes: code ${index} is ${code}, which needs more than ${bits} bits`)
    waiting |= code << waitingBits
    waitingBits += bits
    if (waitingBits >= 8) {
      packed[next++] = waiting
      waiting >>= 8
      waitingBits -= 8
    }
  }
  if (waitingBits > 0) packed[next] = waiting
  return packed
}

/**
 * The codes in a stream of bits: the inverse of `packCodes`.
 *
 * @throws RangeError if bits are not 1 to 8, or the stream does not have the bytes of `count` codes
 */
export function unpackCodes(packed: Uint8Array, bits: number, count: number): Uint8Array {
  checkBits(bits)
  const expected = packedBytes(count, bits)
  if (packed.length !== expected) {
    throw new RangeError(`unpackCodes: ${count} codes of ${bits} bits take ${expected} bytes, got ${packed.length}`)
  }
  const codes = new Uint8Array(count)
  const mask = 2 ** bits - 1
  let waiting = 0
  let waitingBits = 0
  let next = 0
  for (let index = 0; index < count; index++) {
    if (waitingBits < bits) {
      waiting |= packed[next++]! << waitingBits
      waitingBits += 8
    }
    codes[index] = waiting & mask
    waiting >>= bits
    waitingBits -= bits
  }
  return codes
}
