/** Two 32-bit words that name one stream of random numbers. */
export type Key = readonly [number, number]

/** A key from a seed, a whole number from 0 to 2⁵³ - 1. */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`key: seed must be a whole number from 0 to 2^53 - 1, got ${seed}`)
  }
  return [seed >>> 0, Math.floor(seed / 2 ** 32)]
}

/** A key of its own for each number: `foldIn(key, step)` names the stream of that step. */
export function foldIn(parent: Key, data: number): Key {
  const words = philox([data >>> 0, Math.floor(data / 2 ** 32) >>> 0, 0, 1], parent)
  return [words[0], words[1]]
}

/** `count` independent keys. The parent should not be used again. */
export function split(parent: Key, count: number): Key[] {
  return Array.from({ length: count }, (_, index) => foldIn(parent, index))
}

type Words = [number, number, number, number]

/**
 * Philox4x32-10: ten rounds of multiplication and exchange turn a counter and a key into four random words.
 *
 * @see Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3
 */
export function philox(counter: readonly [number, number, number, number], key: Key): Words {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0)
    const high1 = multiplyHigh(0xcd9e8d57, c2)
    const low0 = Math.imul(0xd2511f53, c0)
    const low1 = Math.imul(0xcd9e8d57, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0]
}

/** The upper 32 bits of the 64-bit product of two unsigned words, from products of 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) | 0
}
