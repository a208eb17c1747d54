import { type ActivationName, activations } from '@tlc/nn'
import type { DecoderLayerShape, EncoderLayerShape } from './shape.ts'

/** The sizes that studies vary. */
export interface TranslationSizes {
  readonly encoderLayers: number
  readonly decoderLayers: number
  /** features of each token, H */
  readonly hiddenSize: number
  readonly heads: number
  readonly feedForwardSize: number
  /** of source and target together: they share one table */
  readonly vocabularySize: number
  /** the longest source, and the longest target, in tokens */
  readonly maxLength: number
}

/** Everything that a model's shape and behaviour depend on. */
export interface TranslationConfig extends TranslationSizes {
  /** of embeddings and of the output of every sublayer; 0.1 by default */
  readonly dropout: number
  /** of attention weights; 0 by default */
  readonly attentionDropout: number
  /** between the layers of feed-forward networks; relu by default */
  readonly activation: ActivationName
  /** ε of layer normalization, 1e-5 by default */
  readonly layerNormEpsilon: number
  /** LayerNorm(x + f(x)) after each sublayer, as in the paper, or x + f(LayerNorm(x)); 'post' by default */
  readonly normalization: 'post' | 'pre'
  /** sines and cosines, as in the paper, or a table that is trained; 'sinusoidal' by default */
  readonly positions: 'sinusoidal' | 'learned'
  /** of each layer, where heads or neurons were removed, which leaves the others as large as they were; all by default */
  readonly encoderShapes?: readonly EncoderLayerShape[]
  readonly decoderShapes?: readonly DecoderLayerShape[]
  /** the id of <s>, 0 by default */
  readonly beginId: number
  /** the id of <pad>, 1 by default */
  readonly paddingId: number
  /** the id of </s>, 2 by default */
  readonly endId: number
}

/** @see Vaswani et al. 2017, sections 3.1 to 3.5 and 5.4; the ids are RoBERTa's */
const defaults = {
  dropout: 0.1,
  attentionDropout: 0,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  normalization: 'post',
  positions: 'sinusoidal',
  beginId: 0,
  paddingId: 1,
  endId: 2,
} as const satisfies Omit<TranslationConfig, keyof TranslationSizes>

/** What is wrong with a value, or undefined. */
type Rule = (value: unknown, config: TranslationConfig) => string | undefined

const size: Rule = (value) => (Number.isInteger(value) && (value as number) > 0 ? undefined : 'a whole number > 0')
const rate: Rule = (value) =>
  typeof value === 'number' && value >= 0 && value < 1 ? undefined : 'a number from 0 up to, but not, 1'
const id: Rule = (value, { vocabularySize }) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < vocabularySize
    ? undefined
    : `a whole number from 0 to ${vocabularySize - 1}`
const oneOf =
  (choices: readonly string[]): Rule =>
  (value) =>
    choices.includes(value as string) ? undefined : choices.join(' or ')
const shapes =
  (layers: 'encoderLayers' | 'decoderLayers', names: readonly (keyof DecoderLayerShape)[]): Rule =>
  (value, config) => {
    if (value === undefined) return undefined
    const isShape = (shape: Partial<DecoderLayerShape> | null): boolean =>
      names.every((name) => size(shape?.[name], config) === undefined)
    if (Array.isArray(value) && value.length === config[layers] && value.every(isShape)) return undefined
    return `a list with ${names.join(', ')}, whole numbers > 0, for each of ${config[layers]} layers`
  }

const rules: { readonly [Name in keyof TranslationConfig]-?: Rule } = {
  encoderLayers: size,
  decoderLayers: size,
  hiddenSize: size,
  heads: size,
  feedForwardSize: size,
  vocabularySize: size,
  maxLength: size,
  dropout: rate,
  attentionDropout: rate,
  activation: oneOf(Object.keys(activations)),
  layerNormEpsilon: (value) => (typeof value === 'number' && value > 0 ? undefined : 'a number > 0'),
  normalization: oneOf(['post', 'pre']),
  positions: oneOf(['sinusoidal', 'learned']),
  encoderShapes: shapes('encoderLayers', ['heads', 'feedForwardSize']),
  decoderShapes: shapes('decoderLayers', ['heads', 'sourceHeads', 'feedForwardSize']),
  beginId: id,
  paddingId: id,
  endId: id,
}

/**
 * A whole configuration from sizes and what else differs from the paper's defaults. Entries of other names are left out.
 *
 * @throws RangeError naming every entry that is wrong, and what it should be
 */
export function translationConfig(options: TranslationSizes & Partial<TranslationConfig>): TranslationConfig {
  const given: TranslationConfig = { ...defaults, ...options }
  const names = Object.keys(rules) as (keyof TranslationConfig)[]
  const problems = names.flatMap((name) => {
    const expected = rules[name](given[name], given)
    return expected === undefined
      ? []
      : [`${name} must be ${expected}, got ${JSON.stringify(given[name]) ?? 'nothing'}`]
  })
  const { hiddenSize, heads, beginId, paddingId, endId } = given
  if (hiddenSize % heads > 0) problems.push(`hiddenSize ${hiddenSize} does not divide into ${heads} heads`)
  if (new Set([beginId, paddingId, endId]).size < 3) {
    problems.push(`beginId ${beginId}, paddingId ${paddingId} and endId ${endId} must be three different ids`)
  }
  if (problems.length > 0) throw new RangeError(`translation: ${problems.join('; ')}`)
  const entries = names.map((name) => [name, given[name]] as const).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as unknown as TranslationConfig
}
