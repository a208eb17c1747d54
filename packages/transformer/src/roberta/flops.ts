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

/** Parameters of `RobertaForMaskedLM`, without making it. */
export function parameterCounts(config: RobertaConfig): ParameterCounts {
  const { layers, hiddenSize: h, feedForwardSize: f, vocabularySize: v, tokenTypes, normalization } = config
  const linear = (inputs: number, outputs: number): number => inputs * outputs + outputs
  const norm = 2 * h
  const layer = 4 * linear(h, h) + linear(h, f) + linear(f, h) + 2 * norm
  const head = linear(h, h) + norm + v
  const embeddings = (v + positionCount(config)) * h
  const others = tokenTypes * h + norm + layers * layer + (normalization === 'pre' ? norm : 0) + head
  return { embeddings, others, total: embeddings + others }
}

/**
 * Floating-point operations of a training step, forward and backward:
 * 6 (N - E) T + 6 V H M + 12 L S² H B, with T = B S tokens, of which M = 15% are masked.
 *
 * @param batch B, in texts
 * @param length S, in tokens
 */
export function trainingFlops(config: RobertaConfig, batch: number, length: number): number {
  const { layers, hiddenSize, vocabularySize } = config
  const tokens = batch * length
  const masked = 0.15 * tokens
  const { others } = parameterCounts(config)
  return 6 * others * tokens + 6 * vocabularySize * hiddenSize * masked + 12 * layers * length ** 2 * hiddenSize * batch
}
