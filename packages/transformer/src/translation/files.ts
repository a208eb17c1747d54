import { disposeModule, parameterTensors } from '@tlc/nn'
import { jsonFile, parseJson } from '../pretrained/json.ts'
import type { SaveOptions } from '../pretrained/pretrained-module.ts'
import { type PretrainedSource, reading, readPretrained } from '../pretrained/source.ts'
import { readTokenizer } from '../pretrained/tokenizer-files.ts'
import { encodeWeights, loadWeights, readWeights } from '../pretrained/weights.ts'
import type { Tokenizer } from '../tokenizer/index.ts'
import { type TranslationConfig, translationConfig } from './config.ts'
import type { TransformerForTranslation } from './model.ts'

/** A type of its own, so that no other library takes the model for one that it knows. */
const modelType = 'tlc-translation'
const architecture = 'TransformerForTranslation'

/** The files of a model by name. */
export async function translationFiles(
  model: TransformerForTranslation,
  { tokenizer, maxShardSize }: SaveOptions,
): Promise<Map<string, Uint8Array>> {
  const config = { architectures: [architecture], model_type: modelType, ...model.config }
  const files = new Map([['config.json', jsonFile(config)]])
  if (tokenizer) {
    checkTokenizer(tokenizer, model.config)
    files.set('tokenizer.json', jsonFile(tokenizer))
  }
  return new Map([...files, ...(await encodeWeights(parameterTensors(model), maxShardSize))])
}

/** Makes a model of its files, or nothing: after an error no memory stays taken. */
export async function readTranslation(
  source: PretrainedSource,
  make: (config: TranslationConfig) => TransformerForTranslation,
): Promise<TransformerForTranslation> {
  const files = await readPretrained(source)
  return reading(source, () => {
    const config = readConfig(parseJson('config.json', files.get('config.json')!))
    const tokenizer = readTokenizer(files)
    if (tokenizer) checkTokenizer(tokenizer, config)
    const weights = readWeights(files)
    const model = make(config)
    try {
      loadWeights(parameterTensors(model), weights, `the ${architecture} of config.json`)
    } catch (error) {
      disposeModule(model)
      throw error
    }
    return model
  })
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
