import { type ActivationName, activations } from '@tlc/nn'
import { positionCount, type RobertaConfig, robertaConfig } from './config.ts'

/** What `config.json` says beyond the configuration. */
export interface HuggingFaceConfig {
  readonly config: RobertaConfig
  /** the class of the model, `RobertaForMaskedLM` */
  readonly architecture: string
  /** classes of a classifier; 2 by default */
  readonly labels: number
}

/** The names of a model that only this library has: others must not take it for the usual one. */
const modelTypes = { post: 'roberta', pre: 'tlc-roberta-pre-norm' } as const

/** The content of `config.json`, under the names of Hugging Face. */
export function toHuggingFaceConfig({ config, architecture, labels }: HuggingFaceConfig): Record<string, unknown> {
  const names = Array.from({ length: labels }, (_, label) => `LABEL_${label}`)
  return {
    architectures: [architecture],
    model_type: modelTypes[config.normalization],
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
    id2label: Object.fromEntries(names.map((name, label) => [label, name])),
    label2id: Object.fromEntries(names.map((name, label) => [name, label])),
    torch_dtype: 'float32',
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
  const type = entries.choice('model_type', Object.values(modelTypes), undefined)
  entries.choice('position_embedding_type', ['absolute'], 'absolute')
  const paddingId = entries.number('pad_token_id', 1)
  const read = {
    layers: entries.number('num_hidden_layers'),
    hiddenSize: entries.number('hidden_size'),
    heads: entries.number('num_attention_heads'),
    feedForwardSize: entries.number('intermediate_size'),
    vocabularySize: entries.number('vocab_size'),
    maxLength: entries.number('max_position_embeddings') - paddingId - 1,
    tokenTypes: entries.number('type_vocab_size', 1),
    activation: entries.choice('hidden_act', Object.keys(activations) as ActivationName[], 'gelu'),
    dropout: entries.number('hidden_dropout_prob', 0.1),
    attentionDropout: entries.number('attention_probs_dropout_prob', 0.1),
    layerNormEpsilon: entries.number('layer_norm_eps', 1e-5),
    initializerRange: entries.number('initializer_range', 0.02),
    beginId: entries.number('bos_token_id', 0),
    paddingId,
    endId: entries.number('eos_token_id', 2),
    normalization: type === modelTypes.pre ? 'pre' : 'post',
  } as const
  entries.check()
  const { architectures, id2label } = json as { readonly architectures?: unknown; readonly id2label?: unknown }
  return {
    config: robertaConfig(read),
    architecture: Array.isArray(architectures) ? String(architectures[0]) : 'RobertaForMaskedLM',
    labels: typeof id2label === 'object' && id2label !== null ? Object.keys(id2label).length : 2,
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

  choice<Choice extends string>(name: string, choices: readonly Choice[], missing: Choice | undefined): Choice {
    const value = this.#json[name] ?? missing
    const chosen = choices.find((choice) => choice === value)
    if (chosen === undefined)
      this.#problems.push(`${name} must be ${choices.join(' or ')}, got ${JSON.stringify(value) ?? 'nothing'}`)
    return chosen ?? choices[0]!
  }

  check(): void {
    if (this.#problems.length > 0) throw new TypeError(`config.json: ${this.#problems.join('; ')}`)
  }
}
