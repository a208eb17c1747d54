import { nearestWhole, readHalf, writeHalf } from './half.ts'
import type { BlockFormat } from './llama-blocks.ts'
import { fitScale } from './signed-scale.ts'

const f = Math.fround

const groups = 16
const groupSize = 16
const half = 32

/** Where the parts of a block lie: the low 4 bits of codes, the high 2, 8-bit scales, d as f16. */
const place = { low: 0, high: 128, scales: 192, d: 208 }

/** Blocks whose scales are all below this are zeros. */
const nothing = f(1e-15)

/**
 * 256 weights in 16 groups: the scale of a group is fitted to its weights, then quantized to 8 bits against the largest of
 * the block, and codes are chosen for what it became: c = round(w / (d s)) + 32, 0 … 63. Values d s (c - 32).
 */
export const q6_k: BlockFormat = {
  weights: 256,
  bytes: 210,
  bits: 6,
  keepsZeros: true,
  encode(weights, block) {
    const fits = Array.from({ length: groups }, (_, group) =>
      fitScale(weights.subarray(group * groupSize, (group + 1) * groupSize), half),
    )
    const largest = fits.reduce((most, { scale }) => (Math.abs(scale) > Math.abs(most) ? scale : most), 0)
    if (Math.abs(largest) < nothing) return
    const inverse = f(-128 / largest)
    writeHalf(block, place.d, f(1 / inverse))
    fits.forEach(({ scale, codes }, group) => {
      block[place.scales + group] = Math.min(127, nearestWhole(f(inverse * scale)))
      chooseCodes(scaleOf(block, group), weights.subarray(group * groupSize, (group + 1) * groupSize), codes)
      for (let index = 0; index < groupSize; index++) writeCode(block, group * groupSize + index, codes[index]!)
    })
  },
  decode(block, weights) {
    for (let index = 0; index < groups * groupSize; index++) {
      weights[index] = scaleOf(block, Math.floor(index / groupSize)) * (readCode(block, index) - half)
    }
  },
}

/** d s of a group. */
function scaleOf(block: Uint8Array, group: number): number {
  const scale = (block[place.scales + group]! << 24) >> 24
  return f(readHalf(block, place.d) * scale)
}

/** Codes for the scale as it is stored; with a scale of 0 those of the fit stay. */
function chooseCodes(scale: number, weights: Float32Array, codes: Uint8Array): void {
  if (scale === 0) return
  for (let index = 0; index < groupSize; index++) {
    codes[index] = half + Math.max(-half, Math.min(half - 1, nearestWhole(f(weights[index]! / scale))))
  }
}

/** Of each 128 codes, the four quarters share bytes: a low byte holds two of them, 64 apart, a high byte all four. */
function placesOf(index: number): { readonly low: number; readonly high: number; readonly quarter: number } {
  const [part, within] = [index >> 7, index & 127]
  const quarter = within >> 5
  return {
    low: place.low + part * 64 + (within & 63),
    high: place.high + part * 32 + (within & 31),
    quarter,
  }
}

function writeCode(block: Uint8Array, index: number, code: number): void {
  const { low, high, quarter } = placesOf(index)
  block[low]! |= (code & 15) << (quarter < 2 ? 0 : 4)
  block[high]! |= (code >> 4) << (2 * quarter)
}

function readCode(block: Uint8Array, index: number): number {
  const { low, high, quarter } = placesOf(index)
  return ((block[low]! >> (quarter < 2 ? 0 : 4)) & 15) | (((block[high]! >> (2 * quarter)) & 3) << 4)
}
