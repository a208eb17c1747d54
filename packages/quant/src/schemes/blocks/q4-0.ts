import { readHalf, writeHalf } from './half.ts'
import type { BlockFormat } from './llama-blocks.ts'

const f = Math.fround

/**
 * 32 weights: d = the weight of largest magnitude, with its sign, / -8 as f16; c = ⌊w / d + 8.5⌋, at most 15. Byte i holds
 * weight i below and weight i + 16 above. Values d (c - 8): that weight itself is exact, and 15 levels serve the rest.
 */
export const q4_0: BlockFormat = {
  weights: 32,
  bytes: 18,
  bits: 4,
  keepsZeros: true,
  encode(weights, block) {
    const largest = weights.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0)
    const d = f(largest / -8)
    const inverse = d === 0 ? 0 : f(1 / d)
    const codeOf = (weight: number): number => Math.min(15, Math.trunc(f(f(weight * inverse) + 8.5)))
    // The scale is rounded to f16 after the codes are chosen.
    writeHalf(block, 0, d)
    for (let index = 0; index < 16; index++) {
      block[2 + index] = codeOf(weights[index]!) | (codeOf(weights[index + 16]!) << 4)
    }
  },
  decode(block, weights) {
    const d = readHalf(block, 0)
    for (let index = 0; index < 16; index++) {
      weights[index] = ((block[2 + index]! & 15) - 8) * d
      weights[index + 16] = ((block[2 + index]! >> 4) - 8) * d
    }
  },
}
