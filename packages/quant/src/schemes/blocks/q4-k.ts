import { nearestWhole, readHalf, writeHalf } from './half.ts'
import type { BlockFormat } from './llama-blocks.ts'
import { fitScaleAndMinimum } from './scale-and-minimum.ts'

const f = Math.fround

const groups = 8
const groupSize = 32
const greatestScale = 63

/** Where the parts of a block lie: d and m as f16, 6-bit scales and minima, codes. */
const place = { d: 0, minimum: 2, scales: 4, codes: 16 }

/**
 * 256 weights in 8 groups: scale and minimum of a group are fitted to its weights, then quantized to 6 bits each against
 * the largest of the block, and codes are chosen for what they became: c = round((w + m t) / (d s)), 0 … 15.
 * Values d s c - m t.
 */
export const q4_k: BlockFormat = {
  weights: 256,
  bytes: 144,
  bits: 4,
  keepsZeros: false,
  encode(weights, block) {
    const fits = Array.from({ length: groups }, (_, group) => {
      const values = weights.subarray(group * groupSize, (group + 1) * groupSize)
      return fitScaleAndMinimum(values, importance(values))
    })
    writeScales(block, fits)
    for (let group = 0; group < groups; group++) {
      const codes = fits[group]!.codes
      const values = weights.subarray(group * groupSize, (group + 1) * groupSize)
      chooseCodes(block, group, values, codes)
      const start = place.codes + (group >> 1) * groupSize
      for (let index = 0; index < groupSize; index++) block[start + index]! |= codes[index]! << (4 * (group & 1))
    }
  },
  decode(block, weights) {
    for (let group = 0; group < groups; group++) {
      const { scale, minimum } = readScale(block, group)
      const start = place.codes + (group >> 1) * groupSize
      for (let index = 0; index < groupSize; index++) {
        const code = (block[start + index]! >> (4 * (group & 1))) & 15
        weights[group * groupSize + index] = f(scale * code) - minimum
      }
    }
  },
}

/** √(mean w²) + |w|: large weights count more. */
function importance(values: Float32Array): Float32Array {
  const squares = values.reduce((sum, each) => f(sum + f(each * each)), 0)
  const typical = f(Math.sqrt(f(squares / values.length)))
  return values.map((each) => typical + Math.abs(each))
}

function writeScales(block: Uint8Array, fits: readonly { readonly scale: number; readonly minimum: number }[]): void {
  const maxScale = Math.max(0, ...fits.map(({ scale }) => scale))
  const maxMinimum = Math.max(0, ...fits.map(({ minimum }) => minimum))
  const perScale = maxScale > 0 ? f(greatestScale / maxScale) : 0
  const perMinimum = maxMinimum > 0 ? f(greatestScale / maxMinimum) : 0
  fits.forEach(({ scale, minimum }, group) => {
    const s = Math.min(greatestScale, nearestWhole(perScale * scale) & 255)
    const t = Math.min(greatestScale, nearestWhole(perMinimum * minimum) & 255)
    const first = place.scales + (group & 3)
    // The first four pairs fill the low 6 bits of bytes 0 to 7; the others bytes 8 to 11 and the high 2 bits before.
    if (group < 4) {
      block[first] = s
      block[first + 4] = t
    } else {
      block[first]! |= (s >> 4) << 6
      block[first + 4]! |= (t >> 4) << 6
      block[first + 8] = (s & 15) | ((t & 15) << 4)
    }
  })
  writeHalf(block, place.d, f(maxScale / greatestScale))
  writeHalf(block, place.minimum, f(maxMinimum / greatestScale))
}

/** d s and m t of a group. */
function readScale(block: Uint8Array, group: number): { readonly scale: number; readonly minimum: number } {
  const first = place.scales + (group & 3)
  const [low, high, last] = [block[first]!, block[first + 4]!, block[first + 8]!]
  const s = group < 4 ? low & 63 : (last & 15) | ((low >> 6) << 4)
  const t = group < 4 ? high & 63 : (last >> 4) | ((high >> 6) << 4)
  return { scale: f(readHalf(block, place.d) * s), minimum: f(readHalf(block, place.minimum) * t) }
}

/** Codes for the scale and minimum as they are stored; with a scale of 0 those of the fit stay. */
function chooseCodes(block: Uint8Array, group: number, values: Float32Array, codes: Uint8Array): void {
  const { scale, minimum } = readScale(block, group)
  if (scale === 0) return
  for (let index = 0; index < groupSize; index++) {
    codes[index] = Math.max(0, Math.min(15, nearestWhole(f(f(values[index]! + minimum) / scale))))
  }
}
