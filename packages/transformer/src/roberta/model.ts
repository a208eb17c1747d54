import { branch, Module, paddingBias } from '@tlc/nn'
import { cast, equal, ShapeError, sub, type Tensor } from '@tlc/tensor'
import type { RobertaConfig } from './config.ts'
import { RobertaEmbeddings } from './embeddings.ts'
import { RobertaEncoder } from './encoder.ts'
import type { RobertaForwardOptions, RobertaOptions } from './options.ts'
import { part } from './parts.ts'

/** Embeddings and encoder: a vector for each token that has seen all others. @see Liu et al. 2019, section 2 */
export class RobertaModel extends Module {
  readonly config: RobertaConfig
  readonly embeddings: RobertaEmbeddings
  readonly encoder: RobertaEncoder

  constructor(options: RobertaOptions) {
    super()
    this.config = options.config
    this.embeddings = new RobertaEmbeddings(part(options, 0))
    this.encoder = new RobertaEncoder(part(options, 1))
  }

  /**
   * @param ids i32 `[batch, length]`
   * @returns `[batch, length, hiddenSize]`
   * @throws ShapeError if the ids are no matrix, or longer than the model's positions
   */
  forward(ids: Tensor, options: RobertaForwardOptions = {}): Tensor {
    const { maxLength, paddingId } = this.config
    if (ids.shape.length !== 2 || ids.shape[1]! > maxLength) {
      throw new ShapeError(
        `RoBERTa: ids are ${ids}, expected i32[batch, length] with length up to ${maxLength}; cut longer texts`,
      )
    }
    const mask = options.attentionMask ?? sub(1, cast(equal(ids, paddingId), 'f32')) // [batch, length]
    const embedded = this.embeddings.forward(ids, branch(options, 0))
    return this.encoder.forward(embedded, { ...branch(options, 1), bias: paddingBias(mask) })
  }
}
