import { positionCount, type RobertaConfig } from './config.ts'

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
  const { layers, hiddenSize: h, feedForwardSize: f, vocabularySize: v, tokenTypes, normalization, sharing } = config
  const linear = (inputs: number, outputs: number): number => inputs * outputs + outputs
  const norm = 2 * h
  const attention = 4 * linear(h, h) + norm
  const feedForward = linear(h, f) + linear(f, h) + norm
  const distinct = { none: [layers, layers], attention: [1, layers], layers: [1, 1] } as const
  const [attentions, feedForwards] = distinct[sharing]
  const head = linear(h, h) + norm + v
  const embeddings = (v + positionCount(config)) * h
  const others =
    tokenTypes * h +
    norm +
    attentions * attention +
    feedForwards * feedForward +
    (normalization === 'pre' ? norm : 0) +
    head
  return { embeddings, others, total: embeddings + others }
}

/**
 * Floating-point operations of a training step, forward and backward:
 * 6 (N - E) T + 6 V H M + 12 L S² H B, with T = B S tokens, of which M = 15% are masked. N counts shared parameters as
 * often as they are used: sharing saves memory, not work.
 *
 * @param batch B, in texts
 * @param length S, in tokens
 */
export function trainingFlops(config: RobertaConfig, batch: number, length: number): number {
  const { layers, hiddenSize, vocabularySize } = config
  const tokens = batch * length
  const masked = 0.15 * tokens
  const { others } = parameterCounts({ ...config, sharing: 'none' })
  return 6 * others * tokens + 6 * vocabularySize * hiddenSize * masked + 12 * layers * length ** 2 * hiddenSize * batch
}
