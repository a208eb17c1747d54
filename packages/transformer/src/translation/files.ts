import { constant, decodeTensors, disposeModule, encodeTensors, loadParameters, parameterTensors } from '@tlc/nn'
import { key, scope } from '@tlc/tensor'
import { Tokenizer } from '../tokenizer/index.ts'
import { type TranslationConfig, translationConfig } from './config.ts'
import { TransformerForTranslation } from './model.ts'

/** A model and its tokenizer, if there is one. */
export interface PretrainedTranslation {
  readonly model: TransformerForTranslation
  readonly tokenizer: Tokenizer | undefined
}

/** A type of its own, so that no other library takes the model for one that it knows. */
const modelType = 'tlc-translation'
const architecture = 'TransformerForTranslation'

/**
 * A model as files by name: `config.json`, `model.safetensors` and, with a tokenizer, `tokenizer.json`. The table that
 * source, target and output share is written once.
 *
 * @throws Error if the tokenizer does not fit the model
 */
export async function encodeTranslation(
  model: TransformerForTranslation,
  tokenizer?: Tokenizer,
): Promise<Map<string, Uint8Array>> {
  const files = new Map([
    ['config.json', toJson({ architectures: [architecture], model_type: modelType, ...model.config })],
  ])
  if (tokenizer) {
    checkTokenizer(tokenizer, model.config)
    files.set('tokenizer.json', toJson(tokenizer))
  }
  return files.set('model.safetensors', await encodeTensors(parameterTensors(model)))
}

/**
 * The model and tokenizer of such files.
 *
 * @throws Error if a file is missing, corrupt, or does not fit the configuration
 */
export function decodeTranslation(files: ReadonlyMap<string, Uint8Array>): PretrainedTranslation {
  const config = readConfig(fromJson(files, 'config.json'))
  const tokenizer = files.has('tokenizer.json') ? Tokenizer.fromJSON(fromJson(files, 'tokenizer.json')) : undefined
  if (tokenizer) checkTokenizer(tokenizer, config)
  const weights = fileOf(files, 'model.safetensors')
  const model = new TransformerForTranslation({ config, key: key(0), initialize: constant(0) })
  try {
    using _read = scope()
    loadParameters(model, decodeTensors(weights))
  } catch (error) {
    disposeModule(model)
    throw error
  }
  return { model, tokenizer }
}

function readConfig(json: unknown): TranslationConfig {
  const type = (json as { readonly model_type?: unknown } | null)?.model_type
  if (type !== modelType) {
    throw new TypeError(`config.json: model_type must be '${modelType}', got ${JSON.stringify(type) ?? 'nothing'}`)
  }
  return translationConfig(json as TranslationConfig)
}

function checkTokenizer(tokenizer: Tokenizer, config: TranslationConfig): void {
  const { vocabularySize, beginId, padId, endId } = tokenizer
  const ids: readonly (readonly [name: string, tokenizers: number, models: number])[] = [
    ['<s>', beginId, config.beginId],
    ['<pad>', padId, config.paddingId],
    ['</s>', endId, config.endId],
  ]
  const problems = ids
    .filter(([, its, models]) => its !== models)
    .map(([name, its, models]) => `${name} is ${its} in the tokenizer and ${models} in the model`)
  if (vocabularySize > config.vocabularySize) {
    problems.push(`the tokenizer has ${vocabularySize} tokens and the model ${config.vocabularySize}`)
  }
  if (problems.length > 0) {
    throw new Error(`translation: ${problems.join('; ')}; use the tokenizer that the model was trained with`)
  }
}

function fileOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const file = files.get(name)
  if (!file) throw new Error(`translation: ${name} is missing; there are ${[...files.keys()].join(', ') || 'no files'}`)
  return file
}

function fromJson(files: ReadonlyMap<string, Uint8Array>, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fileOf(files, name)))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new Error(`translation: ${name} is no JSON; it is cut off or damaged`, { cause })
  }
}

function toJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)
}
