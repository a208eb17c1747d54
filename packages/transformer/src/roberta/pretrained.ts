import { constant, disposeModule, type Initializer, Module, parameterTensors, type StoredTensor } from '@tlc/nn'
import { type Key, key } from '@tlc/tensor'
import { writePretrained } from '#model-folder'
import { jsonFile, parseJson } from '../pretrained/json.ts'
import { type PretrainedSource, reading, readPretrained } from '../pretrained/source.ts'
import { checkTokenizer } from '../pretrained/tokenizer-files.ts'
import { encodeWeights, loadWeights, readWeights } from '../pretrained/weights.ts'
import type { Tokenizer } from '../tokenizer/index.ts'
import { architectureName, currentName, type Head, nameInFile, passedOver } from './architecture.ts'
import type { RobertaConfig } from './config.ts'
import { fromHuggingFaceConfig, type HuggingFaceConfig, toHuggingFaceConfig } from './hugging-face-config.ts'

export interface SaveOptions {
  /** saved beside the model */
  readonly tokenizer?: Tokenizer | undefined
  /** bytes of weights in one file, above which there are several with an index; 2 · 10⁹ by default */
  readonly maxShardSize?: number
}

/** What a model is, for `config.json`. */
export interface ModelDescription {
  readonly config: RobertaConfig
  readonly head: Head
  /** names of classes; empty if the model does not classify */
  readonly labelNames: readonly string[]
}

/** A model that can be saved as Hugging Face does. */
export abstract class PretrainedRoberta extends Module {
  /** What its `config.json` says. */
  abstract describe(): ModelDescription

  /**
   * The model's files by name: `config.json`, `model.safetensors` (or its shards with their index) and, with a tokenizer,
   * `tokenizer.json`. Weights that are tied or shared are there once.
   *
   * @throws RangeError if the tokenizer has more tokens than the model
   */
  async encodePretrained({ tokenizer, maxShardSize }: SaveOptions = {}): Promise<Map<string, Uint8Array>> {
    const { config, head, labelNames } = this.describe()
    const architecture = architectureName(config.family, head)
    const files = new Map([['config.json', jsonFile(toHuggingFaceConfig({ config, architecture, labelNames }))]])
    if (tokenizer) {
      checkTokenizer(tokenizer, config.vocabularySize)
      files.set('tokenizer.json', jsonFile(tokenizer))
    }
    const named = [...parameterTensors(this)].map(([name, x]) => [nameInFile(name, config.family), x] as const)
    return new Map([...files, ...(await encodeWeights(new Map(named), maxShardSize))])
  }

  /**
   * Writes those files to a folder, whole or not at all; what else is there stays. In Node only.
   *
   * @throws Error if they cannot be written, with what was there before as it was
   */
  async savePretrained(folder: string, options: SaveOptions = {}): Promise<void> {
    await writePretrained(folder, await this.encodePretrained(options))
  }
}

/** How a model is made whose weights are overwritten afterwards. */
export const blank: { readonly key: Key; readonly initialize: Initializer } = { key: key(0), initialize: constant(0) }

/** Puts the weights of a checkpoint, by their names there, into a model. */
export type Load<M> = (model: M, weights: ReadonlyMap<string, StoredTensor>, read: HuggingFaceConfig) => void

/** Makes a model of its files, or nothing: after an error no memory stays taken. */
export async function readModel<M extends Module>(
  source: PretrainedSource,
  make: (read: HuggingFaceConfig) => M,
  load: Load<M>,
): Promise<M> {
  const files = await readPretrained(source)
  return reading(source, () => {
    const read = fromHuggingFaceConfig(parseJson('config.json', files.get('config.json')!))
    const { family } = read.config
    const weights = new Map([...readWeights(files)].map(([name, weight]) => [currentName(name, family), weight]))
    const model = make(read)
    try {
      load(model, weights, read)
    } catch (error) {
      disposeModule(model)
      throw error
    }
    return model
  })
}

/** Every weight of the model, and nothing else but what is known not to be needed. */
export const loadAll: Load<Module> = (model, weights, { config, architecture }) => {
  const named = [...parameterTensors(model)].map(([name, x]) => [nameInFile(name, config.family), x] as const)
  const targets = new Map(named)
  const needed = [...weights].filter(([name]) => targets.has(name) || !passedOver.test(name))
  loadWeights(targets, new Map(needed), `the ${architecture} of config.json`)
}

/** The weights of an encoder, from a checkpoint with any head or none. */
export const loadEncoder: Load<Module> = (encoder, weights, { config, architecture }) => {
  const prefix = `${config.family}.`
  const targets = new Map([...parameterTensors(encoder)].map(([name, x]) => [prefix + name, x]))
  const needed = [...weights].filter(([name]) => name.startsWith(prefix) && !passedOver.test(name))
  loadWeights(targets, new Map(needed), `the encoder of the ${architecture} of config.json`)
}
