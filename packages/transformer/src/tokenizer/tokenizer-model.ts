/** RoBERTa's special tokens, by id: begin, padding, end (and separator), unknown, mask. */
export const robertaSpecialTokens: readonly string[] = ['<s>', '<pad>', '</s>', '<unk>', '<mask>']

/** A token that no text spells. */
export interface SpecialToken {
  readonly token: string
  /** Where special tokens are looked for in a text: whether this one takes the spaces before it along, as `<mask>` does. */
  readonly stripLeft: boolean
}

/** All there is to know about a byte-level BPE. Tokens are written in the byte alphabet, special tokens as they are. */
export interface TokenizerModel {
  /** The tokens by id, special tokens among them. */
  readonly vocabulary: readonly string[]
  /** What was learned, first to last. */
  readonly merges: readonly (readonly [left: string, right: string])[]
  readonly specialTokens: readonly SpecialToken[]
  /** Whether a text that starts without a space is given one. */
  readonly addPrefixSpace: boolean
  /** What stands for a byte that is not in the vocabulary; null: nothing does. */
  readonly unknownToken: string | null
}

/**
 * The ids of the tokens of a sound model.
 *
 * @throws Error that names the first token or merge that contradicts another
 */
export function vocabularyIds(model: TokenizerModel): Map<string, number> {
  const ids = new Map<string, number>()
  model.vocabulary.forEach((token, id) => {
    const known = ids.get(token)
    if (known !== undefined)
      throw new Error(`tokenizer: token ${JSON.stringify(token)} has two ids, ${known} and ${id}`)
    ids.set(token, id)
  })
  const require = (token: string, use: string): void => {
    if (!ids.has(token)) throw new Error(`tokenizer: ${use} ${JSON.stringify(token)} is not in the vocabulary`)
  }
  model.merges.forEach(([left, right], rank) => {
    for (const token of [left, right, left + right]) require(token, `merge ${rank} needs a token that`)
  })
  for (const { token } of model.specialTokens) require(token, 'special token')
  if (model.unknownToken !== null) require(model.unknownToken, 'unknown token')
  return ids
}
