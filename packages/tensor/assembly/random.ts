/*
 * Random words by Philox4x32-10, and dropout by them. Element i is word i mod 4 of the block with counter i div 4. Each
 * kernel does the elements [start, end); start is a multiple of 16, and the last sixteen may run over the end, into the
 * rest of the last 64 bytes.
 *
 * Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3
 */
import { entry, splat } from './lanes'

/** The upper words of the products, of lanes 0 and 1 and of lanes 2 and 3, with two words each. */
function upperWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 1, 3, 5, 7)
}

function lowerWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 0, 2, 4, 6)
}

/** The multipliers, and what is added to the words of the key from round to round. */
const PHILOX = memory.data<u32>([0xd2511f53, 0xcd9e8d57, 0x9e3779b9, 0xbb67ae85])

/** Hands sixteen words after sixteen to F, a class of one method `take` that gets four words and where they belong. */
function generate<F>(
  key0: u32, key1: u32, threshold: u32, scale: f32, x: usize, y: usize, start: usize, end: usize,
): void {
  const multiplier0 = entry(PHILOX, 0)
  const multiplier1 = entry(PHILOX, 1)
  const weyl0 = entry(PHILOX, 2)
  const weyl1 = entry(PHILOX, 3)
  for (let i = start; i < end; i += 32) {
    // Eight blocks at once, a block in each lane: the steps of four fill the waits of the other four.
    const first = i32x4.add(i32x4.splat(<i32>(i >> 2)), i32x4(0, 1, 2, 3))
    let a0 = first
    let a1 = i32x4.splat(0)
    let a2 = a1
    let a3 = a1
    let b0 = i32x4.add(first, i32x4.splat(4))
    let b1 = a1
    let b2 = a1
    let b3 = a1
    let k0 = i32x4.splat(key0)
    let k1 = i32x4.splat(key1)
    for (let round = 0; round < 10; round++) {
      const aLow0 = i64x2.extmul_low_i32x4_u(a0, multiplier0)
      const aHigh0 = i64x2.extmul_high_i32x4_u(a0, multiplier0)
      const aLow1 = i64x2.extmul_low_i32x4_u(a2, multiplier1)
      const aHigh1 = i64x2.extmul_high_i32x4_u(a2, multiplier1)
      a0 = v128.xor(upperWords(aLow1, aHigh1), v128.xor(a1, k0))
      a1 = lowerWords(aLow1, aHigh1)
      a2 = v128.xor(upperWords(aLow0, aHigh0), v128.xor(a3, k1))
      a3 = lowerWords(aLow0, aHigh0)
      const bLow0 = i64x2.extmul_low_i32x4_u(b0, multiplier0)
      const bHigh0 = i64x2.extmul_high_i32x4_u(b0, multiplier0)
      const bLow1 = i64x2.extmul_low_i32x4_u(b2, multiplier1)
      const bHigh1 = i64x2.extmul_high_i32x4_u(b2, multiplier1)
      b0 = v128.xor(upperWords(bLow1, bHigh1), v128.xor(b1, k0))
      b1 = lowerWords(bLow1, bHigh1)
      b2 = v128.xor(upperWords(bLow0, bHigh0), v128.xor(b3, k1))
      b3 = lowerWords(bLow0, bHigh0)
      k0 = i32x4.add(k0, weyl0)
      k1 = i32x4.add(k1, weyl1)
    }
    hand<F>(a0, a1, a2, a3, threshold, scale, x + (i << 2), y + (i << 2))
    if (i + 16 < end) hand<F>(b0, b1, b2, b3, threshold, scale, x + (i << 2) + 64, y + (i << 2) + 64)
  }
}

/** The sixteen words of four blocks, a word of each in a vector, in their order. */
// @ts-ignore: decorator
@inline
export function hand<F>(c0: v128, c1: v128, c2: v128, c3: v128, threshold: u32, scale: f32, x: usize, y: usize): void {
  const f = changetype<F>(0)
  const even01 = i32x4.shuffle(c0, c1, 0, 4, 2, 6)
  const odd01 = i32x4.shuffle(c0, c1, 1, 5, 3, 7)
  const even23 = i32x4.shuffle(c2, c3, 0, 4, 2, 6)
  const odd23 = i32x4.shuffle(c2, c3, 1, 5, 3, 7)
  f.take(i64x2.shuffle(even01, even23, 0, 2), threshold, scale, x, y)
  f.take(i64x2.shuffle(odd01, odd23, 0, 2), threshold, scale, x + 16, y + 16)
  f.take(i64x2.shuffle(even01, even23, 1, 3), threshold, scale, x + 32, y + 32)
  f.take(i64x2.shuffle(odd01, odd23, 1, 3), threshold, scale, x + 48, y + 48)
}

@unmanaged class Write {
  @inline take(words: v128, threshold: u32, scale: f32, x: usize, y: usize): void {
    v128.store(y, words)
  }
}

@unmanaged class Drop {
  @inline take(words: v128, threshold: u32, scale: f32, x: usize, y: usize): void {
    const kept = i32x4.ge_u(words, i32x4.splat(threshold))
    v128.store(y, v128.and(f32x4.mul(v128.load(x), splat(scale)), kept))
  }
}

/** y = the words, u32 */
export function randomBits(key0: u32, key1: u32, y: usize, start: usize, end: usize): void {
  generate<Write>(key0, key1, 0, 0, 0, y, start, end)
}

/** y = x · scale where the word is at least the threshold, else 0 */
export function dropout(
  key0: u32, key1: u32, threshold: u32, scale: f32, x: usize, y: usize, start: usize, end: usize,
): void {
  generate<Drop>(key0, key1, threshold, scale, x, y, start, end)
}
