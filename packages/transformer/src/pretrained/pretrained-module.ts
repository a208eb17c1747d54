import { Module } from '@tlc/nn'
import { writePretrained } from '#model-folder'
import type { Tokenizer } from '../tokenizer/index.ts'

export interface SaveOptions {
  /** saved beside the model */
  readonly tokenizer?: Tokenizer | undefined
  /** bytes of weights in one file, above which there are several with an index; 2 · 10⁹ by default */
  readonly maxShardSize?: number
}

/** A model that is kept as files: `config.json`, `model.safetensors` and, with a tokenizer, `tokenizer.json`. */
export abstract class PretrainedModule extends Module {
  /**
   * The model's files by name. Weights that are tied or shared are there once; above `maxShardSize` they are in shards with
   * their index.
   *
   * @throws Error if the tokenizer does not fit the model
   */
  abstract encodePretrained(options?: SaveOptions): Promise<Map<string, Uint8Array>>

  /**
   * Writes those files to a folder, whole or not at all; what else is there stays. In Node only.
   *
   * @throws Error if they cannot be written, with what was there before as it was
   */
  async savePretrained(folder: string, options: SaveOptions = {}): Promise<void> {
    await writePretrained(folder, await this.encodePretrained(options))
  }
}
