import { readHalf, writeHalf } from './half.ts'
import type { BlockFormat } from './llama-blocks.ts'

const f = Math.fround

/** 32 weights: d = max |w| / 127 as f16, then c = round(w / d) as i8, halves away from 0. Values d c. */
export const q8_0: BlockFormat = {
  weights: 32,
  bytes: 34,
  bits: 8,
  keepsZeros: true,
  encode(weights, block) {
    const greatest = weights.reduce((most, each) => Math.max(most, Math.abs(each)), 0)
    const d = f(greatest / 127)
    const inverse = d === 0 ? 0 : f(1 / d)
    writeHalf(block, 0, d)
    for (let index = 0; index < 32; index++) {
      const steps = f(weights[index]! * inverse)
      block[2 + index] = Math.sign(steps) * Math.floor(Math.abs(steps) + 0.5)
    }
  },
  decode(block, weights) {
    const d = readHalf(block, 0)
    for (let index = 0; index < 32; index++) weights[index] = ((block[2 + index]! << 24) >> 24) * d
  },
}
