import { scope, softmax, tensor } from '@tlc/tensor'
import type { RobertaForMaskedLM, Tokenizer } from '@tlc/transformer'
import { UserError } from '../user-error.ts'
import type { LoadedModel } from './load-model.ts'

/** A guess for a mask. */
export interface Guess {
  /** as text: ' good' begins with a space, 'ing' goes on a word */
  readonly token: string
  readonly probability: number
}

/** A text and what its masks may stand for. */
export interface FilledMasks {
  readonly text: string
  /** for each `<mask>` in turn, the likeliest first */
  readonly masks: readonly (readonly Guess[])[]
  /** the text with the likeliest guess in each place */
  readonly filled: string
}

/**
 * What a masked language model puts in place of `<mask>`: softmax of its logits there. Several masks are guessed at once,
 * each without knowing the others' guesses.
 *
 * @param top guesses for each mask
 * @throws UserError for a text without a mask, or longer than the model reads
 */
export async function fillMask(
  { model, tokenizer }: LoadedModel<RobertaForMaskedLM>,
  text: string,
  top = 5,
): Promise<FilledMasks> {
  const ids = tokenizer.encode(text, { parseSpecialTokens: true })
  const places = Int32Array.from(ids.keys()).filter((place) => ids[place] === tokenizer.maskId)
  if (places.length === 0) {
    throw new UserError(
      `no <mask> in ${JSON.stringify(text.slice(0, 80))}; put <mask> where a word is to be guessed, and quotes around the text`,
    )
  }
  const { maxLength } = model.roberta.config
  if (ids.length > maxLength) {
    throw new UserError(
      `${JSON.stringify(`${text.slice(0, 80)}…`)} has ${ids.length} tokens, the model reads ${maxLength}; give a shorter text`,
    )
  }
  const probabilities = await probabilitiesAt(model, ids, places)
  const { vocabularySize } = model.roberta.config
  const masks = Array.from(places, (_, index) =>
    guessesOf(tokenizer, probabilities.subarray(index * vocabularySize, (index + 1) * vocabularySize), top),
  )
  let mask = 0
  // A mask takes the space before it into itself, and its token brings one if it begins a word.
  const filled = text.replaceAll(/\s*<mask>/g, () => masks[mask++]![0]!.token)
  return { text, masks, filled }
}

/** The likeliest ordinary tokens, the likeliest first. */
function guessesOf(tokenizer: Tokenizer, probabilities: Float32Array, top: number): Guess[] {
  // A model's table of words may have more rows than its tokenizer has tokens.
  const ids = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id).filter((id) => !tokenizer.isSpecial(id))
  ids.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
  return ids.slice(0, top).map((id) => ({ token: tokenizer.decode([id]), probability: probabilities[id]! }))
}

/** `[places, vocabularySize]` */
async function probabilitiesAt(model: RobertaForMaskedLM, ids: Int32Array, places: Int32Array): Promise<Float32Array> {
  using _pass = scope()
  const logits = model.forward(tensor(ids, { shape: [1, ids.length] }), tensor(places))
  return (await softmax(logits).data()) as Float32Array
}
