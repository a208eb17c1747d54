import { formatShape, type Shape, sizeOf } from '@tlc/tensor'

/** Below this, neither a range nor a value at its end can overflow f32. */
const greatestWeight = 2 ** 126

/**
 * @param what names the scheme in the message
 * @throws RangeError unless the weights fill the shape and each is finite and below 2^126
 */
export function checkWeights(what: string, weight: Float32Array, shape: Shape): void {
  if (weight.length !== sizeOf(shape)) {
    throw new RangeError(`${what}: ${weight.length} weights do not fill shape ${formatShape(shape)}`)
  }
  if (weight.length === 0) {
    throw new RangeError(`a tensor of shape ${formatShape(shape)} is empty, so it has no range to quantize`)
  }
  for (let index = 0; index < weight.length; index++) {
    if (!(Math.abs(weight[index]!) < greatestWeight)) {
      throw new RangeError(
        `${what}: weight ${index} is ${weight[index]}; only finite weights below 2^126 can be quantized`,
      )
    }
  }
}
