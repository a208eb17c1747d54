import { constant, decodeTensors, disposeModule, encodeTensors, loadParameters, parameterTensors } from '@tlc/nn'
import { key, scope } from '@tlc/tensor'
import { Tokenizer } from '../tokenizer/index.ts'
import { RobertaForSequenceClassification } from './classification.ts'
import { fromHuggingFaceConfig, type HuggingFaceConfig, toHuggingFaceConfig } from './hugging-face-config.ts'
import { RobertaForMaskedLM } from './masked-lm.ts'

/** The models that have a layout of files. */
export type RobertaWithHead = RobertaForMaskedLM | RobertaForSequenceClassification

/** A model and its tokenizer, if there is one. */
export interface PretrainedRoberta {
  readonly model: RobertaWithHead
  readonly tokenizer: Tokenizer | undefined
}

/** How each architecture is made, with weights to be overwritten. */
const architectures: { readonly [name: string]: (read: HuggingFaceConfig) => RobertaWithHead } = {
  RobertaForMaskedLM: ({ config }) => new RobertaForMaskedLM({ config, ...blank }),
  RobertaForSequenceClassification: ({ config, labels }) =>
    new RobertaForSequenceClassification({ config, labels, ...blank }),
}
const blank = { key: key(0), initialize: constant(0) }

/** Tensors in files of Hugging Face that are copies of others, or that these models do not have. */
const passedOver = /^(lm_head\.decoder\.(weight|bias)|roberta\.embeddings\.position_ids|roberta\.pooler\..*)$/

/**
 * A model in the layout of Hugging Face, by file name: `config.json`, `model.safetensors` and, with a tokenizer,
 * `tokenizer.json`. As there, the tied weight of the decoder is written once, as the word embeddings.
 */
export async function encodeRoberta(model: RobertaWithHead, tokenizer?: Tokenizer): Promise<Map<string, Uint8Array>> {
  const classifies = model instanceof RobertaForSequenceClassification
  const config = toHuggingFaceConfig({
    config: model.roberta.config,
    architecture: classifies ? 'RobertaForSequenceClassification' : 'RobertaForMaskedLM',
    labels: classifies ? model.labels : 2,
  })
  const files = new Map([['config.json', toJson(config)]])
  if (tokenizer) files.set('tokenizer.json', toJson(tokenizer))
  return files.set('model.safetensors', await encodeTensors(parameterTensors(model), new Map([['format', 'pt']])))
}

/**
 * The model and tokenizer of such files.
 *
 * @throws Error if a file is missing, corrupt, or does not fit the configuration
 */
export function decodeRoberta(files: ReadonlyMap<string, Uint8Array>): PretrainedRoberta {
  const read = fromHuggingFaceConfig(fromJson(files, 'config.json'))
  const make = architectures[read.architecture]
  if (!make) {
    const known = Object.keys(architectures).join(' or ')
    throw new TypeError(`config.json: the architecture is '${read.architecture}', expected ${known}`)
  }
  const tokenizer = files.has('tokenizer.json') ? Tokenizer.fromJSON(fromJson(files, 'tokenizer.json')) : undefined
  const weights = fileOf(files, 'model.safetensors')
  const model = make(read)
  try {
    loadWeights(model, weights)
  } catch (error) {
    disposeModule(model)
    throw error
  }
  return { model, tokenizer }
}

function loadWeights(model: RobertaWithHead, file: Uint8Array): void {
  using _read = scope()
  loadParameters(model, new Map([...decodeTensors(file)].filter(([name]) => !passedOver.test(name))))
}

function fileOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const file = files.get(name)
  if (!file) throw new Error(`RoBERTa: ${name} is missing; there are ${[...files.keys()].join(', ') || 'no files'}`)
  return file
}

function fromJson(files: ReadonlyMap<string, Uint8Array>, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fileOf(files, name)))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new Error(`RoBERTa: ${name} is no JSON; it is cut off or damaged`, { cause })
  }
}

function toJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)
}
