import { cast, mean, square, sub, type Tensor } from '@tlc/tensor'

export { type CrossEntropyOptions, crossEntropy } from '@tlc/tensor'

/** Σ (prediction - target)² / n over all n elements: an f32 scalar. The shapes broadcast. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  return mean(square(sub(cast(prediction, 'f32'), cast(target, 'f32'))))
}
