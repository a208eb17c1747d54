import { type ActivationName, activations } from '@tlc/nn'
import { architectureName } from './architecture.ts'
import {
  familyDefaults,
  firstPosition,
  type Pooling,
  positionCount,
  type RobertaConfig,
  robertaConfig,
  type Sharing,
} from './config.ts'

/** What `config.json` says beyond the configuration. */
export interface HuggingFaceConfig {
  readonly config: RobertaConfig
  /** the class of the model, `RobertaForMaskedLM` */
  readonly architecture: string
  /** names of a classifier's classes by id; where `config.json` has none, `LABEL_0` and `LABEL_1` */
  readonly labelNames: readonly string[]
}

/** Models that only this library has are called otherwise: others must not take them for the usual ones. */
const modelTypes = {
  roberta: { family: 'roberta', usual: true },
  bert: { family: 'bert', usual: true },
  'tlc-roberta': { family: 'roberta', usual: false },
  'tlc-bert': { family: 'bert', usual: false },
} as const
type ModelType = keyof typeof modelTypes

/** Names for so many classes, those that Hugging Face gives: `LABEL_0`, `LABEL_1`. */
export function defaultLabelNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, label) => `LABEL_${label}`)
}

/**
 * The content of `config.json`, under the names of Hugging Face. A model that lost heads, layers, or as many neurons in
 * every layer is RoBERTa or BERT still: `pruned_heads` says by layer which heads went, and transformers 4 makes the model
 * without them (version 5 reads that entry no more). Neurons that differ by layer, and hidden features, are this library's
 * own: `layer_intermediate_sizes` and `original_hidden_size` under a model type that others do not take for theirs.
 */
export function toHuggingFaceConfig({ config, architecture, labelNames }: HuggingFaceConfig): Record<string, unknown> {
  const { family, normalization, sharing, pooling, prunedHeads, feedForwardSizes, originalHiddenSize } = config
  const uniform = feedForwardSizes === undefined && originalHiddenSize === undefined
  const usual = normalization === 'post' && sharing === 'none' && pooling === 'first' && uniform
  return {
    architectures: [architecture],
    model_type: (usual ? family : `tlc-${family}`) satisfies ModelType,
    ...(usual ? {} : { normalization, layer_sharing: sharing, classifier_pooling: pooling }),
    ...(prunedHeads && {
      pruned_heads: Object.fromEntries([...prunedHeads.entries()].filter(([, heads]) => heads.length)),
    }),
    ...(feedForwardSizes && { layer_intermediate_sizes: feedForwardSizes }),
    ...(originalHiddenSize !== undefined && { original_hidden_size: originalHiddenSize }),
    num_hidden_layers: config.layers,
    hidden_size: config.hiddenSize,
    num_attention_heads: config.heads,
    intermediate_size: config.feedForwardSize,
    vocab_size: config.vocabularySize,
    max_position_embeddings: positionCount(config),
    type_vocab_size: config.tokenTypes,
    hidden_act: config.activation,
    hidden_dropout_prob: config.dropout,
    attention_probs_dropout_prob: config.attentionDropout,
    layer_norm_eps: config.layerNormEpsilon,
    initializer_range: config.initializerRange,
    bos_token_id: config.beginId,
    pad_token_id: config.paddingId,
    eos_token_id: config.endId,
    position_embedding_type: 'absolute',
    ...(labelNames.length > 0 && labelEntries(labelNames)),
    torch_dtype: 'float32',
  }
}

function labelEntries(names: readonly string[]): Record<string, unknown> {
  return {
    id2label: Object.fromEntries(names.map((name, label) => [label, name])),
    label2id: Object.fromEntries(names.map((name, label) => [name, label])),
  }
}

/**
 * Reads the content of `config.json`. What Hugging Face leaves out has its defaults; what this library does not need is
 * passed over.
 *
 * @throws TypeError naming every entry that is missing or wrong
 */
export function fromHuggingFaceConfig(json: unknown): HuggingFaceConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new TypeError('config.json: expected an object')
  const entries = new Entries(json as Record<string, unknown>)
  const { family, usual } = modelTypes[entries.choice('model_type', Object.keys(modelTypes) as ModelType[], undefined)]
  const defaults = familyDefaults[family]
  entries.choice('position_embedding_type', ['absolute'], 'absolute')
  entries.choice('tie_word_embeddings', [true], true)
  const paddingId = entries.number('pad_token_id', defaults.paddingId)
  const layers = entries.number('num_hidden_layers')
  const read = {
    family,
    layers,
    hiddenSize: entries.number('hidden_size'),
    heads: entries.number('num_attention_heads'),
    feedForwardSize: entries.number('intermediate_size'),
    vocabularySize: entries.number('vocab_size'),
    maxLength: entries.number('max_position_embeddings') - firstPosition({ family, paddingId }),
    tokenTypes: entries.number('type_vocab_size', defaults.tokenTypes),
    activation: entries.choice('hidden_act', Object.keys(activations) as ActivationName[], 'gelu'),
    dropout: entries.number('hidden_dropout_prob', 0.1),
    attentionDropout: entries.number('attention_probs_dropout_prob', 0.1),
    layerNormEpsilon: entries.number('layer_norm_eps', defaults.layerNormEpsilon),
    initializerRange: entries.number('initializer_range', 0.02),
    beginId: entries.number('bos_token_id', defaults.beginId),
    paddingId,
    endId: entries.number('eos_token_id', defaults.endId),
    normalization: usual ? 'post' : entries.choice('normalization', ['post', 'pre'], undefined),
    pooling: usual ? 'first' : entries.choice<Pooling>('classifier_pooling', ['first', 'mean'], 'first'),
    sharing: usual ? 'none' : entries.choice<Sharing>('layer_sharing', ['none', 'layers', 'attention'], undefined),
    ...entries.prunedHeads(layers),
    ...(usual ? {} : entries.shrunkenSizes()),
  } as const
  const labelNames = entries.labelNames()
  entries.check()
  const { architectures } = json as { readonly architectures?: unknown }
  return {
    config: robertaConfig(read),
    architecture: Array.isArray(architectures) ? String(architectures[0]) : architectureName(family, 'ForMaskedLM'),
    labelNames,
  }
}

/** Reads entries one by one and collects what is wrong with them. */
class Entries {
  readonly #json: Readonly<Record<string, unknown>>
  readonly #problems: string[] = []

  constructor(json: Readonly<Record<string, unknown>>) {
    this.#json = json
  }

  number(name: string, missing?: number): number {
    const value = this.#json[name] ?? missing
    if (typeof value === 'number' && Number.isFinite(value)) return value
    this.#problems.push(`${name} must be a number, got ${JSON.stringify(value) ?? 'nothing'}`)
    return Number.NaN
  }

  choice<Choice extends string | boolean>(
    name: string,
    choices: readonly Choice[],
    missing: Choice | undefined,
  ): Choice {
    const value = this.#json[name] ?? missing
    const chosen = choices.find((choice) => choice === value)
    if (chosen === undefined)
      this.#problems.push(`${name} must be ${choices.join(' or ')}, got ${JSON.stringify(value) ?? 'nothing'}`)
    return chosen ?? choices[0]!
  }

  /** `id2label`, or as many default names as `num_labels` says. */
  labelNames(): readonly string[] {
    const names = this.#json.id2label
    if (names === undefined || names === null) return defaultLabelNames(this.number('num_labels', 2))
    const byId = new Map(Object.entries(names))
    const ordered = Array.from(byId, (_, id) => byId.get(String(id)))
    if (ordered.every((name) => typeof name === 'string')) return ordered
    this.#problems.push(`id2label must have a name for each id from 0 on, got ${JSON.stringify(names)}`)
    return []
  }

  /** `pruned_heads`, an object from layers to numbers of heads, as a list by layer. */
  prunedHeads(layers: number): Pick<RobertaConfig, 'prunedHeads'> {
    const byLayer = this.#json.pruned_heads
    if (byLayer === undefined || byLayer === null) return {}
    const lists = new Map<string, unknown>(Object.entries(byLayer))
    const valid = [...lists].every(
      ([layer, heads]) => /^\d+$/.test(layer) && Number(layer) < layers && isNumbers(heads),
    )
    if (typeof byLayer !== 'object' || !valid) {
      const given = JSON.stringify(byLayer)
      this.#problems.push(`pruned_heads must be lists of numbers by layer from 0 to ${layers - 1}, got ${given}`)
      return {}
    }
    const prunedHeads = Array.from({ length: layers }, (_, layer) => (lists.get(String(layer)) ?? []) as number[])
    return prunedHeads.some((heads) => heads.length > 0) ? { prunedHeads } : {}
  }

  shrunkenSizes(): Pick<RobertaConfig, 'feedForwardSizes' | 'originalHiddenSize'> {
    const { layer_intermediate_sizes: sizes, original_hidden_size } = this.#json
    if (sizes !== undefined && !isNumbers(sizes))
      this.#problems.push(`layer_intermediate_sizes must be a list of numbers, got ${JSON.stringify(sizes)}`)
    return {
      ...(isNumbers(sizes) && { feedForwardSizes: sizes }),
      ...(original_hidden_size !== undefined && { originalHiddenSize: this.number('original_hidden_size') }),
    }
  }

  check(): void {
    if (this.#problems.length > 0) throw new TypeError(`config.json: ${this.#problems.join('; ')}`)
  }
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number')
}
