import { type BleuTokenizerName, bleuTokenizers } from './bleu-tokenizers.ts'
import { countNGrams, matches, type NGrams, total } from './n-grams.ts'
import { formatFixed, withoutEnd, words } from './python-text.ts'
import { checkSegments, signatureOf } from './segments.ts'

/** What becomes of an order of n-grams without a match. @see Chen & Cherry 2014, methods 1 to 3 */
export type BleuSmoothing = 'none' | 'floor' | 'add-k' | 'exp'

export interface BleuOptions {
  /** '13a' by default */
  readonly tokenizer?: BleuTokenizerName
  /** 'exp' by default */
  readonly smoothing?: BleuSmoothing
  /** of floor, 0.1 by default, and add-k, 1 by default */
  readonly smoothingValue?: number
  /** false by default */
  readonly lowercase?: boolean
  /** N, 4 by default */
  readonly maxOrder?: number
  /** whether N is no more than the hypotheses have words; false by default for a corpus, true for a sentence */
  readonly effectiveOrder?: boolean
}

export interface BleuScore {
  /** 0 to 100 */
  readonly score: number
  /** matches of each order, with what smoothing adds */
  readonly counts: readonly number[]
  /** n-grams of each order in the hypotheses, with what smoothing adds */
  readonly totals: readonly number[]
  /** pₙ in percent */
  readonly precisions: readonly number[]
  readonly brevityPenalty: number
  /** words */
  readonly hypothesisLength: number
  /** words of the references that are nearest in length */
  readonly referenceLength: number
  /** what the score depends on, as sacreBLEU prints it */
  readonly signature: string
  /** the line that sacreBLEU prints */
  readonly text: string
}

const smoothingValues: { readonly [S in BleuSmoothing]?: number } = { floor: 0.1, 'add-k': 1 }

/**
 * BLEU = BP · exp(Σₙ ln pₙ / N), in percent: pₙ is the part of the hypotheses' n-grams that are in a reference, each
 * as often as it is in one of them at most; BP = min(1, exp(1 - r / c)) for c words of hypotheses and r of references.
 * Equal to sacreBLEU's.
 *
 * @param references of each hypothesis
 * @throws RangeError for no hypotheses, lists of different lengths, or a hypothesis without a reference
 * @see Papineni et al. 2002, section 2.3; Post 2018
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: BleuOptions = {},
): BleuScore {
  const { tokenizer = '13a', lowercase = false, maxOrder = 4 } = options
  const count = checkSegments('corpusBleu', hypotheses, references)
  if (!(Number.isInteger(maxOrder) && maxOrder >= 1))
    throw new RangeError(`corpusBleu: maxOrder must be a whole number >= 1, got ${maxOrder}`)
  if (!((options.smoothingValue ?? 0) >= 0))
    throw new RangeError(`corpusBleu: smoothingValue must be >= 0, got ${options.smoothingValue}`)
  const wordsOf = (text: string): string[] =>
    words(bleuTokenizers[tokenizer](withoutEnd(lowercase ? text.toLowerCase() : text)))
  const sums = { counts: zeros(maxOrder), totals: zeros(maxOrder), hypothesisLength: 0, referenceLength: 0 }
  for (const [index, hypothesis] of hypotheses.entries()) {
    const given = wordsOf(hypothesis)
    const expected = references[index]!.map(wordsOf)
    const nGrams = countNGrams(given, maxOrder, ' ')
    const most = union(expected.map((each) => countNGrams(each, maxOrder, ' ')))
    for (let order = 0; order < maxOrder; order++) {
      sums.counts[order]! += matches(nGrams[order]!, most[order]!)
      sums.totals[order]! += total(nGrams[order]!)
    }
    sums.hypothesisLength += given.length
    sums.referenceLength += nearest(given.length, expected)
  }
  const signature = signatureOf(count, {
    case: lowercase ? 'lc' : 'mixed',
    eff: options.effectiveOrder ? 'yes' : 'no',
    tok: tokenizer,
    smooth: smoothingName(options),
  })
  return scoreOf(sums, signature, options)
}

/** BLEU of one sentence, with N no more than its words unless told otherwise. It says little: smooth and average it. */
export function sentenceBleu(hypothesis: string, references: readonly string[], options: BleuOptions = {}): BleuScore {
  return corpusBleu([hypothesis], [references], { effectiveOrder: true, ...options })
}

interface Sums {
  readonly counts: readonly number[]
  readonly totals: readonly number[]
  readonly hypothesisLength: number
  readonly referenceLength: number
}

function scoreOf(sums: Sums, signature: string, options: BleuOptions): BleuScore {
  const { hypothesisLength: c, referenceLength: r } = sums
  const brevityPenalty = c >= r ? 1 : c > 0 ? Math.exp(1 - r / c) : 0
  const smoothed = smooth(sums, options)
  const { precisions, order } = smoothed
  const logarithms = precisions.slice(0, order).reduce((sum, p) => sum + Math.log(p), 0)
  const score = order === 0 ? 0 : brevityPenalty * Math.exp(logarithms / order)
  const shares = precisions.map((p) => formatFixed(p, 1)).join('/')
  const ratio = r > 0 ? c / r : 0
  const lengths = `(BP = ${formatFixed(brevityPenalty, 3)} ratio = ${formatFixed(ratio, 3)} hyp_len = ${c} ref_len = ${r})`
  const text = `BLEU = ${formatFixed(score, 2)} ${shares} ${lengths}`
  return { ...sums, ...smoothed, score, brevityPenalty, signature, text }
}

interface Smoothed {
  readonly counts: readonly number[]
  readonly totals: readonly number[]
  readonly precisions: readonly number[]
  /** how many precisions count, 0 if nothing matched */
  readonly order: number
}

function smooth({ counts, totals }: Sums, { smoothing = 'exp', ...options }: BleuOptions): Smoothed {
  const maxOrder = counts.length
  if (counts.every((count) => count === 0)) return { counts, totals, precisions: zeros(maxOrder), order: 0 }
  const value = options.smoothingValue ?? smoothingValues[smoothing] ?? 0
  const added = (of: readonly number[]): number[] =>
    of.map((x, index) => (smoothing === 'add-k' && index > 0 ? x + value : x))
  const [matched, all] = [added(counts), added(totals)]
  const reached = all.filter((each) => each > 0).length // orders that the hypotheses are long enough for
  let halves = 1
  const precisions = all.map((each, index) => {
    if (index >= reached) return 0
    if (matched[index]! > 0) return (100 * matched[index]!) / each
    if (smoothing === 'floor') return (100 * value) / each
    if (smoothing !== 'exp') return 0
    halves *= 2
    return 100 / (halves * each)
  })
  return { counts: matched, totals: all, precisions, order: options.effectiveOrder ? reached : maxOrder }
}

function smoothingName({ smoothing = 'exp', smoothingValue = smoothingValues[smoothing] }: BleuOptions): string {
  const hasValue = smoothing in smoothingValues
  return hasValue ? `${smoothing}[${formatFixed(smoothingValue!, 2)}]` : smoothing
}

/** For each n-gram the largest of its counts in any reference. */
function union(references: readonly NGrams[]): NGrams {
  return references.reduce((most, each) =>
    most.map((counts, order) => {
      const larger = new Map(counts)
      for (const [nGram, count] of each[order]!) larger.set(nGram, Math.max(count, counts.get(nGram) ?? 0))
      return larger
    }),
  )
}

/** The length of the reference nearest to a length, the shorter of two. */
function nearest(length: number, references: readonly (readonly string[])[]): number {
  const lengths = references.map((each) => each.length).sort((x, y) => x - y)
  return lengths.reduce((best, each) => (Math.abs(each - length) < Math.abs(best - length) ? each : best))
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0)
}
