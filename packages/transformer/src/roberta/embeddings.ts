import {
  branch,
  columnsOf,
  Dropout,
  type Embedding,
  featuresOf,
  type Layer,
  Module,
  type UnitKind,
  type Units,
} from '@tlc/nn'
import { add, cast, equal, less, matmul, mul, range, reshape, sub, type Tensor, zeros } from '@tlc/tensor'
import { positionCount, type RobertaConfig } from './config.ts'
import type { RobertaForwardOptions, RobertaOptions } from './options.ts'
import { norm, part, table } from './parts.ts'

/**
 * The position of each token: paddingId + 1, paddingId + 2, … over the tokens that are not padding, which all have the
 * position paddingId.
 *
 * @param ids i32 `[batch, length]`
 * @returns i32 `[batch, length]`
 */
export function positionIds(ids: Tensor, paddingId: number): Tensor {
  const length = ids.shape[1]!
  const real = sub(1, cast(equal(ids, paddingId), 'f32')) // [batch, length]
  const places = range(length, { dtype: 'i32', backend: ids.backend })
  // The count of real tokens up to each place is a product with a triangle of ones, exact in f32.
  const upTo = cast(less(reshape(places, [length, 1]), add(places, 1)), 'f32') // [length, length]
  return cast(add(mul(matmul(real, upTo), real), paddingId), 'i32')
}

/**
 * LayerNorm(word + position + token type), with dropout.
 *
 * @see Devlin et al. 2018, figure 2; Liu et al. 2019 use one token type
 */
export class RobertaEmbeddings extends Module {
  readonly word_embeddings: Embedding
  readonly position_embeddings: Layer
  readonly token_type_embeddings: Layer
  readonly LayerNorm: Layer
  readonly dropout: Dropout
  readonly #config: RobertaConfig

  constructor(options: RobertaOptions) {
    super()
    const { vocabularySize, paddingId, tokenTypes, dropout, family } = options.config
    this.word_embeddings = table(part(options, 0), vocabularySize, paddingId)
    this.position_embeddings = table(
      part(options, 1),
      positionCount(options.config),
      family === 'bert' ? undefined : paddingId,
    )
    this.token_type_embeddings = table(part(options, 2), tokenTypes)
    this.LayerNorm = norm(options)
    this.dropout = new Dropout(dropout)
    this.#config = options.config
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'hidden') return undefined
    const tables = [this.word_embeddings, this.position_embeddings, this.token_type_embeddings]
    return { slices: [...tables.flatMap((table) => columnsOf(table)), ...featuresOf(this.LayerNorm)] }
  }

  /** @param ids i32 `[batch, length]`; returns `[batch, length, hiddenSize]` */
  forward(ids: Tensor, options: Pick<RobertaForwardOptions, 'key' | 'tokenTypeIds'> = {}): Tensor {
    const words = this.word_embeddings.forward(ids)
    const positions = this.position_embeddings.forward(this.#positions(ids))
    const typeIds = options.tokenTypeIds ?? zeros([1], { dtype: 'i32', backend: ids.backend })
    const types = this.token_type_embeddings.forward(typeIds) // [batch, length, hiddenSize], or [1, hiddenSize]
    const sum = add(add(words, positions), types)
    return this.dropout.forward(this.LayerNorm.forward(sum), branch(options, 0))
  }

  /** `[batch, length]`; in BERT `[length]`, the same for all texts */
  #positions(ids: Tensor): Tensor {
    const { family, paddingId } = this.#config
    if (family === 'bert') return range(ids.shape[1]!, { dtype: 'i32', backend: ids.backend })
    return positionIds(ids, paddingId)
  }
}
