/** Scales in 8 bits: around their mean, in blocks that share a scale of their own. */
export interface DoubledScales {
  /** an index into the dynamic code for each scale */
  readonly codes: Uint8Array
  /** max |s - mean| of each block of scales */
  readonly scales: Float32Array
  /** the mean of all scales */
  readonly mean: number
}

/** Scales that share a scale. */
const scalesPerBlock = 256

/**
 * Quantizes scales in their turn: s - mean(s), divided by the largest of its block of 256, becomes the nearest value of
 * the dynamic code.
 *
 * @see Dettmers et al. 2023, QLoRA, section 3
 */
export function doubleScales(scales: Float32Array): DoubledScales {
  const mean = Math.fround(scales.reduce((sum, each) => sum + each, 0) / scales.length)
  const deviations = scales.map((each) => each - mean)
  const greatest = Float32Array.from({ length: Math.ceil(scales.length / scalesPerBlock) }, (_, block) =>
    deviations
      .subarray(block * scalesPerBlock, (block + 1) * scalesPerBlock)
      .reduce((most, each) => Math.max(most, Math.abs(each)), 0),
  )
  const codes = Uint8Array.from(deviations, (deviation, index) => {
    const scale = greatest[Math.floor(index / scalesPerBlock)]!
    return nearestDynamic(scale === 0 ? 0 : Math.fround(deviation / scale))
  })
  return { codes, scales: greatest, mean }
}

/** The scales again, f32; none is below 0. */
export function decodeScales({ codes, scales, mean }: DoubledScales): Float32Array {
  return Float32Array.from(codes, (code, index) =>
    Math.max(0, Math.fround(dynamicCode[code]! * scales[Math.floor(index / scalesPerBlock)]!) + mean),
  )
}

/**
 * The dynamic 8-bit code, ascending: ±10^(i - 6) times the 2^i midpoints of an even division of 0.1 … 1, for i = 0 … 6,
 * with 0 and 1. It spends its bits on the exponent where numbers are small and on the fraction where they are large.
 *
 * @see Dettmers 2016, 8-bit approximations for parallelism in deep learning, section 2.3
 */
export const dynamicCode: Float32Array = Float32Array.from([...dynamicValues()].sort((a, b) => a - b))

function* dynamicValues(): Generator<number> {
  yield 0
  yield 1
  for (let exponent = 0; exponent < 7; exponent++) {
    const count = 2 ** exponent
    for (let part = 0; part < count; part++) {
      const value = 10 ** (exponent - 6) * (0.1 + (0.9 * (part + 0.5)) / count)
      yield value
      yield -value
    }
  }
}

function nearestDynamic(value: number): number {
  let low = 0
  let high = dynamicCode.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (value > (dynamicCode[middle]! + dynamicCode[middle + 1]!) / 2) low = middle + 1
    else high = middle
  }
  return low
}
