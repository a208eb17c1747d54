import { type BenchmarkedModel, maskedCount, parameterCount } from './models.ts'

const float = 4

/**
 * Bytes that a training step needs: 16 for each parameter (itself, its gradient, two moments), and the activations that
 * backward reads, each once, in f32. Gradients come while activations go, so a step can stay a little below. With T = B S
 * tokens, M of them masked, activations are
 *
 * - of the embeddings: the sum before LayerNorm, T H; the mean and scale of each row, 2 T
 * - of each layer: its input, q, k, v, the attended values, and the sums before and the value after the first LayerNorm
 *   and before the second, 8 T H; both sides of gelu, 2 T F; ln Σ e^scores of attention, B A S; two means and scales, 4 T
 * - of the head: the chosen rows, both sides of gelu, the value after LayerNorm, 4 M H; mean and scale, 2 M; logits, M V,
 *   and their ln Σ e^logits, M
 *
 * and the last layer's output, T H. Attention weights are formed again, and dropout from its key.
 */
export function neededBytes(model: BenchmarkedModel): number {
  const { layers, hiddenSize, heads, feedForwardSize, vocabularySize, maxLength } = model.sizes
  const tokens = model.batch * maxLength
  const masked = maskedCount(model)
  const embeddings = tokens * hiddenSize + 2 * tokens
  const layer = 8 * tokens * hiddenSize + 2 * tokens * feedForwardSize + heads * tokens + 4 * tokens
  const head = 4 * masked * hiddenSize + 2 * masked + masked * (vocabularySize + 1)
  return 16 * parameterCount(model) + float * (embeddings + layers * layer + tokens * hiddenSize + head)
}
