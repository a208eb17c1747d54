import { positionCount, type RobertaConfig } from './config.ts'
import { headSizeOf, layerShapes } from './shape.ts'

/** Parameters of a masked language model by kind. */
export interface ParameterCounts {
  /** of token and position embeddings, E */
  readonly embeddings: number
  /** all the others, N - E */
  readonly others: number
  /** N, the tied decoder counted once */
  readonly total: number
}

/** Parameters of `RobertaForMaskedLM`, without making it; shared ones count once. */
export function parameterCounts(config: RobertaConfig): ParameterCounts {
  const { hiddenSize: h, vocabularySize: v, tokenTypes, normalization, sharing } = config
  const linear = (inputs: number, outputs: number): number => inputs * outputs + outputs
  const norm = 2 * h
  const shapes = layerShapes(config)
  const attentions = shapes.map(({ headNumbers }) => {
    const a = headNumbers.length * headSizeOf(config)
    return 3 * linear(h, a) + linear(a, h) + norm
  })
  const feedForwards = shapes.map(({ feedForwardSize: f }) => linear(h, f) + linear(f, h) + norm)
  if (sharing !== 'none') attentions.length = 1
  if (sharing === 'layers') feedForwards.length = 1
  const layers = [...attentions, ...feedForwards].reduce((sum, each) => sum + each)
  const head = linear(h, h) + norm + v
  const embeddings = (v + positionCount(config)) * h
  const others = tokenTypes * h + norm + layers + (normalization === 'pre' ? norm : 0) + head
  return { embeddings, others, total: embeddings + others }
}

/**
 * Floating-point operations of a training step, forward and backward:
 * 6 (N - E) T + 6 V H M + 12 A S² B, A the sizes of all heads of all layers (L H with all of them), with T = B S tokens, of which M = 15% are masked. N counts shared parameters as
 * often as they are used: sharing saves memory, not work.
 *
 * @param batch B, in texts
 * @param length S, in tokens
 */
export function trainingFlops(config: RobertaConfig, batch: number, length: number): number {
  const { hiddenSize, vocabularySize } = config
  const tokens = batch * length
  const masked = 0.15 * tokens
  const { others } = parameterCounts({ ...config, sharing: 'none' })
  const heads = layerShapes(config).reduce((sum, { headNumbers }) => sum + headNumbers.length, 0)
  const scores = 12 * heads * headSizeOf(config) * length ** 2 * batch
  return 6 * others * tokens + 6 * vocabularySize * hiddenSize * masked + scores
}
