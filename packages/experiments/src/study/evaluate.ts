import { breathe } from '@tlc/nn'
import { crossEntropy, scope } from '@tlc/tensor'
import type {
  LabelledTexts,
  MaskedTokens,
  RobertaForMaskedLM,
  RobertaForSequenceClassification,
} from '@tlc/transformer'

/** How well masked tokens are guessed. */
export interface MaskedLoss {
  /** nats per masked token */
  readonly loss: number
  /** standard error of the loss over sequences */
  readonly error: number
}

/** The loss on batches of masked text, by token, and how sure it is: sequences differ, tokens of one are alike. */
export async function maskedLoss(model: RobertaForMaskedLM, batches: Iterable<MaskedTokens>): Promise<MaskedLoss> {
  const sequences: { total: number; tokens: number }[] = []
  for (const { ids, positions, targets } of batches) {
    await breathe()
    using _batch = scope()
    const losses = await crossEntropy(model.forward(ids, positions), targets, { reduction: 'none' }).data()
    const [rows, length] = ids.shape as [number, number]
    const places = await positions.data()
    const batch = Array.from({ length: rows }, () => ({ total: 0, tokens: 0 }))
    places.forEach((place, index) => {
      const sequence = batch[Math.floor(place / length)]!
      sequence.total += losses[index]!
      sequence.tokens++
    })
    sequences.push(...batch)
  }
  return ratioEstimate(sequences)
}

/**
 * Σ total / Σ tokens, and its standard error √(Σ (totalᵢ - ratio · tokensᵢ)²) / Σ tokens · √(n / (n - 1)).
 *
 * @see Cochran 1977, section 2.11
 */
function ratioEstimate(sequences: readonly { readonly total: number; readonly tokens: number }[]): MaskedLoss {
  const tokens = sequences.reduce((sum, each) => sum + each.tokens, 0)
  const loss = sequences.reduce((sum, each) => sum + each.total, 0) / tokens
  const squares = sequences.reduce((sum, each) => sum + (each.total - loss * each.tokens) ** 2, 0)
  const n = sequences.length
  return { loss, error: (Math.sqrt(squares) / tokens) * Math.sqrt(n / (n - 1)) }
}

/** How well texts are classified. */
export interface Classification {
  /** from 0 to 1 */
  readonly accuracy: number
  /** mean, in nats */
  readonly loss: number
  /** for each text, 1 if its class was found, else 0 */
  readonly correct: Uint8Array
}

/** Classifies batches of texts, and compares. */
export async function classification(
  model: RobertaForSequenceClassification,
  batches: Iterable<LabelledTexts>,
): Promise<Classification> {
  const correct: number[] = []
  let total = 0
  for (const { ids, labels } of batches) {
    await breathe()
    using _batch = scope()
    const logits = model.forward(ids)
    const losses = await crossEntropy(logits, labels, { reduction: 'none' }).data()
    const guesses = await logits.argMax().data()
    const truth = await labels.data()
    truth.forEach((label, index) => {
      correct.push(Number(guesses[index] === label))
      total += losses[index]!
    })
  }
  const right = correct.reduce((sum, each) => sum + each, 0)
  return { accuracy: right / correct.length, loss: total / correct.length, correct: Uint8Array.from(correct) }
}
