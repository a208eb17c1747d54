import { type BenchmarkedModel, configOf } from '../models.ts'
import type { Jax, JaxArray } from './jax-js-formulas.ts'

export interface JaxWeights {
  readonly [name: string]: JaxArray
}

interface Masked {
  readonly positions: JaxArray
  readonly targets: JaxArray
  readonly key: JaxArray
}

/**
 * The loss of RoBERTa as a masked language model, in terms of jax-js.
 *
 * @param words embeddings of the tokens, `[batch · length, hidden]`
 */
export function jaxMaskedLoss(
  jax: Jax,
  model: BenchmarkedModel,
  weights: JaxWeights,
  words: JaxArray,
  { positions, targets, key }: Masked,
): JaxArray {
  const { numpy: np, nn } = jax
  const { layers, hiddenSize, vocabularySize, maxLength } = model.sizes
  const parts = new Parts(jax, model, weights, key)
  const tokens = model.batch * maxLength
  // Tables are read by products with ones: jax-js has no gradient of a look-up.
  const places = nn.oneHot(
    np.arange(2, 2 + maxLength, 1, { dtype: np.int32 }),
    weights['roberta.embeddings.position_embeddings.weight']!.shape[0]!,
  )
  const position = np.matmul(places, weights['roberta.embeddings.position_embeddings.weight']!.ref) // [length, hidden]
  const type = weights['roberta.embeddings.token_type_embeddings.weight']!.ref.reshape([hiddenSize])
  const sum = words.ref.reshape([model.batch, maxLength, hiddenSize]).add(position).add(type)
  let x = parts.dropout(parts.norm(sum.reshape([tokens, hiddenSize]), 'roberta.embeddings.LayerNorm'))
  for (let layer = 0; layer < layers; layer++) x = parts.layer(x, `roberta.encoder.layer.${layer}`)
  const masked = np.matmul(nn.oneHot(positions.ref, tokens), x) // [masked, hidden]
  const transformed = parts.norm(
    nn.gelu(parts.dense(masked, 'lm_head.dense'), { approximate: false }),
    'lm_head.layer_norm',
  )
  const decoder = np.matrixTranspose(weights['roberta.embeddings.word_embeddings.weight']!.ref)
  const logits = np.matmul(transformed, decoder).add(weights['lm_head.bias']!.ref) // [masked, vocabulary]
  const likely = nn.oneHot(targets.ref, vocabularySize).mul(nn.logSoftmax(logits))
  return np.mean(np.sum(likely, -1)).mul(-1)
}

/** Layers by the names of their weights; each draws its dropout from the next key. */
class Parts {
  readonly #jax: Jax
  readonly #model: BenchmarkedModel
  readonly #weights: JaxWeights
  readonly #epsilon: number
  readonly #keys: JaxArray[]

  constructor(jax: Jax, model: BenchmarkedModel, weights: JaxWeights, key: JaxArray) {
    this.#jax = jax
    this.#model = model
    this.#weights = weights
    this.#epsilon = configOf(model).layerNormEpsilon
    this.#keys = jax.numpy.unstack(jax.random.split(key, 1 + 3 * model.sizes.layers))
  }

  dense(x: JaxArray, name: string): JaxArray {
    const { numpy: np } = this.#jax
    return np.matmul(x, np.matrixTranspose(this.#of(`${name}.weight`))).add(this.#of(`${name}.bias`))
  }

  norm(x: JaxArray, name: string): JaxArray {
    const { numpy: np } = this.#jax
    const keep = { keepdims: true }
    const centred = x.ref.sub(np.mean(x, -1, keep))
    const deviation = np.sqrt(np.mean(np.square(centred.ref), -1, keep).add(this.#epsilon))
    return centred
      .div(deviation)
      .mul(this.#of(`${name}.weight`))
      .add(this.#of(`${name}.bias`))
  }

  dropout(x: JaxArray): JaxArray {
    const { dropout } = this.#model
    if (dropout === 0) return x
    const { numpy: np, random } = this.#jax
    return np.where(random.bernoulli(this.#keys.pop()!, 1 - dropout, x.shape), x.mul(1 / (1 - dropout)), 0)
  }

  /** @param x `[tokens, hidden]`; so is the result */
  layer(x: JaxArray, name: string): JaxArray {
    const { nn } = this.#jax
    const attended = this.dense(this.#attention(x.ref, `${name}.attention.self`), `${name}.attention.output.dense`)
    const middle = this.norm(x.add(this.dropout(attended)), `${name}.attention.output.LayerNorm`)
    const wide = nn.gelu(this.dense(middle.ref, `${name}.intermediate.dense`), { approximate: false })
    const output = this.dropout(this.dense(wide, `${name}.output.dense`))
    return this.norm(middle.add(output), `${name}.output.LayerNorm`)
  }

  #attention(x: JaxArray, name: string): JaxArray {
    const { numpy: np, nn } = this.#jax
    const { batch, sizes } = this.#model
    const { heads, hiddenSize, maxLength } = sizes
    const split = (part: string): JaxArray =>
      this.dense(x.ref, `${name}.${part}`)
        .reshape([batch, maxLength, heads, hiddenSize / heads])
        .transpose([0, 2, 1, 3]) // [batch, heads, length, headSize]
    const scores = np.matmul(split('query'), np.matrixTranspose(split('key'))).mul(1 / Math.sqrt(hiddenSize / heads))
    const weighted = np.matmul(this.dropout(nn.softmax(scores)), split('value'))
    x.dispose()
    return weighted.transpose([0, 2, 1, 3]).reshape([batch * maxLength, hiddenSize])
  }

  #of(name: string): JaxArray {
    return this.#weights[name]!.ref
  }
}
