import { countNGrams, matches, type NGrams, total } from './n-grams.ts'
import { words } from './python-text.ts'
import { checkSegments, signatureOf } from './segments.ts'

export interface ChrfOptions {
  /** longest n-grams of characters, 6 by default */
  readonly characterOrder?: number
  /** longest n-grams of words: 0 by default, 2 for chrF++ */
  readonly wordOrder?: number
  /** β: how many times as much recall counts as precision; 2 by default */
  readonly beta?: number
  /** whether white space counts as characters; false by default */
  readonly whiteSpace?: boolean
  /** false by default */
  readonly lowercase?: boolean
  /** whether orders that either side is too short for do not count; true by default */
  readonly effectiveOrder?: boolean
}

export interface ChrfScore {
  /** 0 to 100 */
  readonly score: number
  /** chrF2, chrF2++ */
  readonly name: string
  /** what the score depends on, as sacreBLEU prints it */
  readonly signature: string
}

/** Of one order of n-grams. */
interface Counts {
  readonly hypothesis: number
  readonly reference: number
  readonly matched: number
}

/** What stands for a precision or recall that is 0 / 0, without the effective order. */
const epsilon = 1e-16

/**
 * chrF = (1 + β²) P R / (β² P + R), in percent: P and R are the means, over the orders n, of the parts of n-grams of
 * characters (and of words) that hypothesis and reference share. Of several references the best counts; n-grams are
 * added up over the corpus. Equal to sacreBLEU's.
 *
 * @param references of each hypothesis
 * @throws RangeError for no hypotheses, lists of different lengths, or a hypothesis without a reference
 * @see Popović 2015; Popović 2017 (chrF++)
 */
export function chrf(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: ChrfOptions = {},
): ChrfScore {
  const { characterOrder = 6, wordOrder = 0, beta = 2, whiteSpace = false, lowercase = false } = options
  const { effectiveOrder = true } = options
  const count = checkSegments('chrf', hypotheses, references)
  const nGramsOf = (text: string): NGrams => {
    const cased = lowercase ? text.toLowerCase() : text
    const characters = Array.from(whiteSpace ? cased : words(cased).join(''))
    return [...countNGrams(characters, characterOrder, ''), ...countNGrams(separatedWords(cased), wordOrder, ' ')]
  }
  const scoreOf = (counts: readonly Counts[]): number => fScore(counts, beta, effectiveOrder)
  let sums: readonly Counts[] | undefined
  for (const [index, hypothesis] of hypotheses.entries()) {
    const given = nGramsOf(hypothesis)
    const candidates = references[index]!.map((reference) => compare(given, nGramsOf(reference)))
    const best = candidates.reduce((first, next) => (scoreOf(next) > scoreOf(first) ? next : first))
    sums = sums ? sums.map((sum, order) => addCounts(sum, best[order]!)) : best
  }
  const signature = signatureOf(count, {
    case: lowercase ? 'lc' : 'mixed',
    eff: effectiveOrder ? 'yes' : 'no',
    nc: characterOrder,
    nw: wordOrder,
    space: whiteSpace ? 'yes' : 'no',
  })
  return { score: scoreOf(sums!), name: `chrF${beta}${'+'.repeat(wordOrder)}`, signature }
}

function compare(hypothesis: NGrams, reference: NGrams): Counts[] {
  return hypothesis.map((counts, order) => ({
    // n-grams of an order that the reference is too short for cannot be right, and do not count as wrong.
    hypothesis: reference[order]!.size > 0 ? total(counts) : 0,
    reference: total(reference[order]!),
    matched: matches(counts, reference[order]!),
  }))
}

function addCounts(a: Counts, b: Counts): Counts {
  return {
    hypothesis: a.hypothesis + b.hypothesis,
    reference: a.reference + b.reference,
    matched: a.matched + b.matched,
  }
}

function fScore(counts: readonly Counts[], beta: number, effectiveOrder: boolean): number {
  const f = (precision: number, recall: number): number => {
    const denominator = beta ** 2 * precision + recall
    return denominator > 0 ? ((1 + beta ** 2) * precision * recall) / denominator : 0
  }
  if (!effectiveOrder) {
    const part = (matched: number, of: number): number => (of > 0 ? matched / of : epsilon)
    const each = counts.map(
      ({ hypothesis, reference, matched }) => f(part(matched, hypothesis), part(matched, reference)) || epsilon,
    )
    return (100 * sum(each)) / counts.length
  }
  const reached = counts.filter(({ hypothesis, reference }) => hypothesis > 0 && reference > 0)
  if (reached.length === 0) return 0
  const precision = sum(reached.map(({ hypothesis, matched }) => matched / hypothesis)) / reached.length
  const recall = sum(reached.map(({ reference, matched }) => matched / reference)) / reached.length
  return 100 * f(precision, recall)
}

function sum(values: readonly number[]): number {
  return values.reduce((before, value) => before + value, 0)
}

const punctuation = /[!-/:-@[-`{-~]/

/** Words, a mark at the end of one, or else at its beginning, apart. */
function separatedWords(text: string): string[] {
  return words(text).flatMap((word) => {
    const characters = Array.from(word)
    if (characters.length === 1) return [word]
    if (punctuation.test(characters.at(-1)!)) return [characters.slice(0, -1).join(''), characters.at(-1)!]
    if (punctuation.test(characters[0]!)) return [characters[0]!, characters.slice(1).join('')]
    return [word]
  })
}
