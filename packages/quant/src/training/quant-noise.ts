import type { Transform } from '@tlc/nn'
import { expand, type Key, less, reshape, type Tensor, uniform, where, withBackend } from '@tlc/tensor'

/** How much of a weight is quantized at each step. */
export interface QuantNoiseOptions {
  /** the share of blocks, 0.1 by default */
  readonly rate?: number
  /** neighbors in a row that are quantized together, 8 by default; must divide rows */
  readonly block?: number
  /** the key of the step: asked for at every use of the weight */
  readonly key: () => Key
}

/**
 * Quant-Noise: random blocks of a weight go through a quantizer, the others stay as they are, and get an unbiased gradient.
 * What is trained so loses less when all of it is quantized at last.
 *
 * @param quantize a transform with a straight-through gradient, such as `fakeQuantize`
 * @throws RangeError if the rate is not within 0 … 1, or (in use) blocks do not divide rows
 * @see Fan et al. 2021, Training with quantization noise, section 4
 */
export function quantNoise(quantize: Transform, { rate = 0.1, block = 8, key }: QuantNoiseOptions): Transform {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`quantNoise: rate must be within 0 … 1, got ${rate}`)
  if (!(Number.isInteger(block) && block >= 1)) {
    throw new RangeError(`quantNoise: block must be a whole number >= 1, got ${block}; 8 is usual`)
  }
  return (weight) => where(noisyBlocks(weight, { rate, block, key }), quantize(weight), weight)
}

/** Which weights go through the quantizer. bool, of the weight's shape */
function noisyBlocks(weight: Tensor, { rate, block, key }: Required<QuantNoiseOptions>): Tensor {
  const row = weight.shape.at(-1) ?? 1
  if (row % block !== 0) {
    throw new RangeError(
      `quantNoise: blocks of ${block} do not divide rows of ${row} weights; choose a block that does`,
    )
  }
  const count = weight.size / block
  const chosen = withBackend(weight.backend, () => less(uniform(key(), [count, 1]), rate)) // [blocks, 1]
  return reshape(expand(chosen, [count, block]), weight.shape)
}
