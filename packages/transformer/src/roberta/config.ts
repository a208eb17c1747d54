import { type ActivationName, activations } from '@tlc/nn'
import { shapeProblem } from './shape.ts'

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

/**
 * Whose checkpoints a model reads and writes. BERT and RoBERTa have the same layers; in BERT positions count from 0, and
 * a classifier drops nothing before its first projection.
 */
export type Family = 'roberta' | 'bert'

/** What layers have in common: nothing, everything, or their attention blocks. @see Lan et al. 2019, section 3.1 */
export type Sharing = 'none' | 'layers' | 'attention'

/** What stands for a whole text: the vector of its first token, or the mean of the vectors of its tokens. */
export type Pooling = 'first' | 'mean'

/** Everything that a model's shape and behaviour depend on. Where BERT's defaults differ, they stand behind the slash. */
export interface RobertaConfig extends RobertaSizes {
  /** 'roberta' by default */
  readonly family: Family
  /** of embeddings and of the output of every sublayer; 0.1 by default */
  readonly dropout: number
  /** of attention weights; 0.1 by default */
  readonly attentionDropout: number
  /** between the layers of feed-forward networks and in the masked-LM head; gelu by default */
  readonly activation: ActivationName
  /** ε of layer normalization, 1e-5 / 1e-12 by default */
  readonly layerNormEpsilon: number
  /** deviation of the truncated normal that weights start with, 0.02 by default */
  readonly initializerRange: number
  /** LayerNorm(x + f(x)) after each sublayer, as in the paper, or x + f(LayerNorm(x)); 'post' by default */
  readonly normalization: 'post' | 'pre'
  /** 'none' by default */
  readonly sharing: Sharing
  /** what a classifier of texts sees of them; 'first', as in the papers, by default */
  readonly pooling: Pooling
  /** rows of the token type table, 1 / 2 by default: BERT tells the texts of a pair apart by them */
  readonly tokenTypes: number
  /** heads that were removed from each layer, by the numbers they had; none by default */
  readonly prunedHeads?: readonly (readonly number[])[]
  /** of each layer, where neurons were removed from some; `feedForwardSize` for all by default */
  readonly feedForwardSizes?: readonly number[]
  /**
   * features that there were before some were removed, which normalization goes on counting, and which make the sizes of
   * heads; `hiddenSize` by default
   */
  readonly originalHiddenSize?: number
  /** the id of <s> / [CLS], 0 / 101 by default */
  readonly beginId: number
  /** the id of <pad> / [PAD], 1 / 0 by default */
  readonly paddingId: number
  /** the id of </s> / [SEP], 2 / 102 by default */
  readonly endId: number
}

/** What a configuration leaves out. @see Liu et al. 2019, section 4; Devlin et al. 2018, appendix A.2 */
type Defaults = Omit<RobertaConfig, keyof RobertaSizes>

const roberta: Defaults = {
  family: 'roberta',
  dropout: 0.1,
  attentionDropout: 0.1,
  activation: 'gelu',
  layerNormEpsilon: 1e-5,
  initializerRange: 0.02,
  normalization: 'post',
  sharing: 'none',
  pooling: 'first',
  tokenTypes: 1,
  beginId: 0,
  paddingId: 1,
  endId: 2,
}

/** The defaults of each family. */
export const familyDefaults: { readonly [F in Family]: Defaults } = {
  roberta,
  bert: { ...roberta, family: 'bert', layerNormEpsilon: 1e-12, tokenTypes: 2, beginId: 101, paddingId: 0, endId: 102 },
}

const sizes = ['layers', 'hiddenSize', 'heads', 'feedForwardSize', 'vocabularySize', 'maxLength', 'tokenTypes'] as const

/** What those entries may be that are names. */
const choices: { readonly [Name in 'activation' | 'normalization' | 'sharing' | 'pooling']: readonly string[] } = {
  activation: Object.keys(activations),
  normalization: ['post', 'pre'],
  sharing: ['none', 'layers', 'attention'],
  pooling: ['first', 'mean'],
}

/**
 * A whole configuration from sizes and what else differs from its family's defaults.
 *
 * @throws RangeError if sizes are no whole numbers > 0, heads do not divide the hidden size, a rate is not in [0, 1), a
 *   name is unknown, or what was removed does not fit the sizes
 */
export function robertaConfig(options: RobertaSizes & Partial<RobertaConfig>): RobertaConfig {
  const { family = 'roberta' } = options
  if (!Object.hasOwn(familyDefaults, family)) wrong(`family must be roberta or bert, got '${family}'`)
  const config: RobertaConfig = { ...familyDefaults[family], ...options }
  for (const name of sizes) {
    const size = config[name]
    if (!(Number.isInteger(size) && size > 0)) wrong(`${name} must be a whole number > 0, got ${size}`)
  }
  for (const name of ['dropout', 'attentionDropout'] as const) {
    const rate = config[name]
    if (!(rate >= 0 && rate < 1)) wrong(`${name} must be a rate from 0 to less than 1, got ${rate}`)
  }
  for (const [name, known] of Object.entries(choices)) {
    const choice = config[name as keyof typeof choices]
    if (!known.includes(choice)) wrong(`${name} must be ${known.join(' or ')}, got '${choice}'`)
  }
  const problem = shapeProblem(config)
  if (problem !== undefined) wrong(problem)
  return config
}

function wrong(problem: string): never {
  throw new RangeError(`RoBERTa: ${problem}`)
}

/** The position of the first token: 0 in BERT, in RoBERTa after the padding id. */
export function firstPosition({ family, paddingId }: Pick<RobertaConfig, 'family' | 'paddingId'>): number {
  return family === 'bert' ? 0 : paddingId + 1
}

/** Rows of the position table. */
export function positionCount(config: RobertaConfig): number {
  return config.maxLength + firstPosition(config)
}
