import type { ActivationName } from '@tlc/nn'

/** The sizes that studies vary. */
export interface RobertaSizes {
  readonly layers: number
  /** features of each token, H */
  readonly hiddenSize: number
  readonly heads: number
  readonly feedForwardSize: number
  readonly vocabularySize: number
  /** the longest input, in tokens */
  readonly maxLength: number
}

/** Everything that a model's shape and behaviour depend on. */
export interface RobertaConfig extends RobertaSizes {
  /** of embeddings and of the output of every sublayer; 0.1 by default */
  readonly dropout: number
  /** of attention weights; 0.1 by default */
  readonly attentionDropout: number
  /** between the layers of feed-forward networks and in the masked-LM head; gelu by default */
  readonly activation: ActivationName
  /** ε of layer normalization, 1e-5 by default */
  readonly layerNormEpsilon: number
  /** deviation of the truncated normal that weights start with, 0.02 by default */
  readonly initializerRange: number
  /** LayerNorm(x + f(x)) after each sublayer, as in the paper, or x + f(LayerNorm(x)); 'post' by default */
  readonly normalization: 'post' | 'pre'
  /** rows of the token type table, of which only the first is used; 1 by default */
  readonly tokenTypes: number
  /** the id of <s>, 0 by default */
  readonly beginId: number
  /** the id of <pad>, 1 by default */
  readonly paddingId: number
  /** the id of </s>, 2 by default */
  readonly endId: number
}

const defaults = {
  dropout: 0.1,
  attentionDropout: 0.1,
  activation: 'gelu',
  layerNormEpsilon: 1e-5,
  initializerRange: 0.02,
  normalization: 'post',
  tokenTypes: 1,
  beginId: 0,
  paddingId: 1,
  endId: 2,
} as const satisfies Omit<RobertaConfig, keyof RobertaSizes>

/**
 * A whole configuration from sizes and what else differs from RoBERTa's defaults.
 *
 * @throws RangeError if sizes are no whole numbers > 0, or heads do not divide the hidden size
 */
export function robertaConfig(options: RobertaSizes & Partial<RobertaConfig>): RobertaConfig {
  const config: RobertaConfig = { ...defaults, ...options }
  const sizes = [
    'layers',
    'hiddenSize',
    'heads',
    'feedForwardSize',
    'vocabularySize',
    'maxLength',
    'tokenTypes',
  ] as const
  for (const name of sizes) {
    if (!(Number.isInteger(config[name]) && config[name] > 0)) {
      throw new RangeError(`RoBERTa: ${name} must be a whole number > 0, got ${config[name]}`)
    }
  }
  if (config.hiddenSize % config.heads !== 0) {
    throw new RangeError(`RoBERTa: hiddenSize ${config.hiddenSize} does not divide into ${config.heads} heads`)
  }
  return config
}

/** Rows of the position table: position ids begin after the padding id. */
export function positionCount({ maxLength, paddingId }: RobertaConfig): number {
  return maxLength + paddingId + 1
}
