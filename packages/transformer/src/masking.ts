import { type Key, philox } from '@tlc/tensor'

/** What masking has to know of a vocabulary; a `Tokenizer` is one. */
export interface MaskableVocabulary {
  readonly vocabularySize: number
  readonly maskId: number
  readonly isSpecial: (id: number) => boolean
}

export interface MaskingOptions {
  /** Part of the tokens to be predicted, 0 < share <= 1, default 0.15. */
  readonly share?: number
  /**
   * `fixed` (default): exactly round(share · tokens) positions, tokens counted with padding and special ones, so that every
   * batch of one size gives tensors of one shape. `free`: each ordinary token by itself with probability `share`.
   */
  readonly count?: 'fixed' | 'free'
}

/** A batch to predict tokens of. */
export interface MaskedIds {
  /** What the model reads, in the layout of the batch. */
  readonly inputs: Int32Array
  /** Where it has to predict, as places in the flat batch, ascending. `[masked]` */
  readonly positions: Int32Array
  /** The tokens that were there. `[masked]` */
  readonly labels: Int32Array
}

const maskedShare = 0.8
const randomShare = 0.1

/**
 * Masked language modelling: of the tokens chosen, 80% become `<mask>`, 10% another ordinary token drawn evenly, and 10%
 * stay as they are. Special tokens and padding are never chosen and never drawn. Masks are dynamic: a text meets another
 * one under each key.
 *
 * @see Devlin et al. 2018, section 3.1; Liu et al. 2019, section 4.1 (dynamic masking)
 */
export class DynamicMasking {
  readonly #vocabulary: MaskableVocabulary
  readonly #ordinaryIds: Int32Array
  readonly #share: number
  readonly #count: 'fixed' | 'free'

  /** @throws RangeError for a share that is not in (0, 1] */
  constructor(vocabulary: MaskableVocabulary, options: MaskingOptions = {}) {
    const { share = 0.15, count = 'fixed' } = options
    if (!(share > 0 && share <= 1)) throw new RangeError(`DynamicMasking: share must be > 0 and <= 1, got ${share}`)
    const ids = Int32Array.from({ length: vocabulary.vocabularySize }, (_, id) => id)
    this.#vocabulary = vocabulary
    this.#ordinaryIds = ids.filter((id) => !vocabulary.isSpecial(id))
    this.#share = share
    this.#count = count
  }

  /**
   * Masks a batch: the same key, the same choices, whatever was masked before.
   *
   * @param ids of any layout; not changed
   * @param key of this step, like `foldIn(key(seed), step)`
   * @throws RangeError if a fixed number of positions is more than the batch has ordinary tokens
   */
  mask(ids: Int32Array, key: Key): MaskedIds {
    const positions = this.#choose(ids, key)
    const inputs = ids.slice()
    for (const position of positions) inputs[position] = this.#replacement(ids[position] as number, position, key)
    return { inputs, positions, labels: positions.map((position) => ids[position] as number) }
  }

  /**
   * Each ordinary token in turn with the probability that is due: `share`, or for a fixed number what is still to be
   * chosen of what is still to come, which makes every choice of that many equally likely.
   *
   * @see Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S
   */
  #choose(ids: Int32Array, key: Key): Int32Array {
    const ordinary = Int32Array.from(ids.keys()).filter(
      (position) => !this.#vocabulary.isSpecial(ids[position] as number),
    )
    const wanted = Math.round(this.#share * ids.length)
    if (this.#count === 'fixed' && wanted > ordinary.length) {
      throw new RangeError(
        `DynamicMasking: the batch has ${ordinary.length} ordinary tokens of ${ids.length}, fewer than the ${wanted} to mask; ` +
          "give fuller sequences, a smaller share, or count: 'free'",
      )
    }
    let chosen = 0
    let words = philox([0, 0, 0, 0], key)
    let block = 0
    return ordinary.filter((position, index) => {
      if (position >> 2 !== block) {
        block = position >> 2
        words = philox([block, 0, 0, 0], key)
      }
      const probability = this.#count === 'free' ? this.#share : (wanted - chosen) / (ordinary.length - index)
      const choose = (words[position & 3] as number) < probability * 2 ** 32
      if (choose) chosen++
      return choose
    })
  }

  #replacement(id: number, position: number, key: Key): number {
    const [fate, choice] = philox([position, 1, 0, 0], key)
    if (fate < maskedShare * 2 ** 32) return this.#vocabulary.maskId
    if (fate >= (maskedShare + randomShare) * 2 ** 32) return id
    return this.#ordinaryIds[Math.floor((choice / 2 ** 32) * this.#ordinaryIds.length)] as number
  }
}
