import { branch, paddingBias, type UnitKind, type Units } from '@tlc/nn'
import { ShapeError, type Tensor } from '@tlc/tensor'
import type { PretrainedSource } from '../pretrained/source.ts'
import type { RobertaConfig } from './config.ts'
import { RobertaEmbeddings } from './embeddings.ts'
import { RobertaEncoder } from './encoder.ts'
import type { RobertaForwardOptions, RobertaOptions } from './options.ts'
import { part } from './parts.ts'
import { tokenMask } from './pooling.ts'
import { blank, loadEncoder, type ModelDescription, PretrainedRoberta, readModel } from './pretrained.ts'
import { reshapedConfig } from './shape.ts'

/** Embeddings and encoder: a vector for each token that has seen all others. @see Liu et al. 2019, section 2 */
export class RobertaModel extends PretrainedRoberta {
  readonly embeddings: RobertaEmbeddings
  readonly encoder: RobertaEncoder
  readonly #config: RobertaConfig
  #hiddenSize: number

  constructor(options: RobertaOptions) {
    super()
    this.#config = options.config
    this.#hiddenSize = options.config.hiddenSize
    this.embeddings = new RobertaEmbeddings(part(options, 0))
    this.encoder = new RobertaEncoder(part(options, 1))
  }

  /**
   * The model in a folder (in Node), at a URL, or in files: the encoder of a checkpoint with any head or none.
   *
   * @throws Error saying what is missing or corrupt; a `TensorMismatchError` as its cause lists every weight that is unknown, missing or misshapen
   */
  static fromPretrained(source: PretrainedSource): Promise<RobertaModel> {
    return readModel(source, ({ config }) => new RobertaModel({ config, ...blank }), loadEncoder)
  }

  /** What it is made from or, when it has become smaller, what would make a model of its shape. */
  get config(): RobertaConfig {
    const shapes = this.encoder.layer.map(({ shape }) => shape)
    return reshapedConfig(this.#config, this.#hiddenSize, shapes)
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'hidden') return undefined
    return {
      slices: [],
      count: this.#hiddenSize,
      kept: ({ length }) => {
        this.#hiddenSize = length
      },
    }
  }

  override describe(): ModelDescription {
    return { config: this.config, head: 'Model', labelNames: [] }
  }

  /**
   * @param ids i32 `[batch, length]`
   * @returns `[batch, length, hiddenSize]`
   * @throws ShapeError if the ids are no matrix, or longer than the model's positions
   */
  forward(ids: Tensor, options: RobertaForwardOptions = {}): Tensor {
    const { maxLength } = this.#config
    if (ids.shape.length !== 2 || ids.shape[1]! > maxLength) {
      throw new ShapeError(
        `RoBERTa: ids are ${ids}, expected i32[batch, length] with length up to ${maxLength}; cut longer texts`,
      )
    }
    const mask = tokenMask(ids, this.#config, options) // [batch, length]
    const embedded = this.embeddings.forward(ids, { ...options, ...branch(options, 0) })
    return this.encoder.forward(embedded, {
      ...branch(options, 1),
      bias: paddingBias(mask),
      recompute: options.recompute ?? false,
    })
  }
}
