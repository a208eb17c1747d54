import { alignEdits, countEdits } from './edit-alignment.ts'
import { checkSegments, signatureOf } from './segments.ts'
import { type TerWordOptions, terWords } from './ter-words.ts'

export interface TerScore {
  /** 0 when all is right; may be above 100 */
  readonly score: number
  /** edits to the nearest reference of each hypothesis */
  readonly edits: number
  /** words of the references, on average where there are several */
  readonly referenceLength: number
  /** what the score depends on, as sacreBLEU prints it */
  readonly signature: string
}

// Limits of Tercom's search: words in a shift, how far, and how many are tried for a sentence.
const longestShift = 10
const farthestShift = 50
const mostShifts = 1000

/**
 * TER = edits / words of the reference, in percent. Edits insert, delete or substitute a word or shift several; the
 * fewest are hard to find, so those are counted that shifting greedily leaves. Equal to sacreBLEU's.
 *
 * @param references of each hypothesis
 * @throws RangeError for no hypotheses, lists of different lengths, or a hypothesis without a reference
 * @see Snover et al. 2006, algorithm 1
 */
export function translationEditRate(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: TerWordOptions = {},
): TerScore {
  const count = checkSegments('translationEditRate', hypotheses, references)
  let [edits, referenceLength] = [0, 0]
  for (const [index, hypothesis] of hypotheses.entries()) {
    const given = terWords(hypothesis, options)
    const expected = references[index]!.map((reference) => terWords(reference, options))
    edits += Math.min(...expected.map((reference) => editsWithShifts(given, reference)))
    referenceLength += expected.reduce((sum, { length }) => sum + length, 0) / expected.length
  }
  const { normalize = false, punctuation = true, asian = false, lowercase = true } = options
  const said = (condition: boolean): string => (condition ? 'yes' : 'no')
  const signature = signatureOf(count, {
    case: lowercase ? 'lc' : 'mixed',
    tok: 'tercom',
    norm: said(normalize),
    punct: said(punctuation),
    asian: said(asian),
  })
  const rate = referenceLength > 0 ? edits / referenceLength : Number(edits > 0)
  return { score: 100 * rate, edits, referenceLength, signature }
}

function editsWithShifts(hypothesis: readonly string[], reference: readonly string[]): number {
  if (reference.length === 0) return hypothesis.length
  let shifted = hypothesis
  let tried = 0
  for (let shifts = 0; ; shifts++) {
    const best = bestShift(shifted, reference, tried)
    tried = best.tried
    if (tried >= mostShifts || best.gain <= 0) return shifts + countEdits(shifted, reference)
    shifted = best.words
  }
}

interface Shift {
  /** edits fewer after it than before */
  readonly gain: number
  readonly length: number
  readonly from: number
  readonly to: number
  readonly words: readonly string[]
}

/** The shift with the largest gain; of several the longest, then the first, then that to the first place. */
function bestShift(
  words: readonly string[],
  reference: readonly string[],
  triedBefore: number,
): { readonly gain: number; readonly words: readonly string[]; readonly tried: number } {
  const { edits, places, hypothesisErrors, referenceErrors } = alignEdits(words, reference)
  let tried = triedBefore
  let best: Shift | undefined
  for (const { from, at, length } of equalRuns(words, reference)) {
    // Nothing is gained where the words are right already, or the place is filled rightly, or lies within.
    if (!hypothesisErrors.slice(from, from + length).includes(true)) continue
    if (!referenceErrors.slice(at, at + length).includes(true)) continue
    if (from <= places[at]! && places[at]! < from + length) continue
    for (const to of targets(places, at, length)) {
      const moved = move(words, from, length, to)
      const shift = { gain: edits - countEdits(moved, reference), length, from, to, words: moved }
      tried++
      if (!best || isBetter(shift, best)) best = shift
    }
    if (tried >= mostShifts) break
  }
  return { gain: best?.gain ?? 0, words: best?.words ?? words, tried }
}

function isBetter(shift: Shift, best: Shift): boolean {
  const order = [shift.gain - best.gain, shift.length - best.length, best.from - shift.from, best.to - shift.to]
  return (order.find((difference) => difference !== 0) ?? 0) > 0
}

/** Where the words would go: after the word before their place in the reference, or after one of those within. */
function targets(places: readonly number[], at: number, length: number): number[] {
  const after = Array.from({ length: length + 1 }, (_, offset) =>
    at + offset === 0 ? 0 : places[at + offset - 1]! + 1,
  )
  return after.filter((to, index) => index === 0 || to !== after[index - 1])
}

/** Words of the hypothesis that are also in the reference, every run of up to ten from every place. */
function* equalRuns(
  words: readonly string[],
  reference: readonly string[],
): Generator<{ readonly from: number; readonly at: number; readonly length: number }> {
  for (let from = 0; from < words.length; from++) {
    const first = Math.max(0, from - farthestShift)
    for (let at = first; at < reference.length && at <= from + farthestShift; at++) {
      for (let length = 1; length <= longestShift; length++) {
        const end = from + length
        if (end > words.length || at + length > reference.length || words[end - 1] !== reference[at + length - 1]) break
        yield { from, at, length }
      }
    }
  }
}

/** Takes words out and puts them before the word that was at a place; a place among them counts from their beginning. */
function move(words: readonly string[], from: number, length: number, to: number): string[] {
  const rest = words.toSpliced(from, length)
  return rest.toSpliced(to > from + length ? to - length : to, 0, ...words.slice(from, from + length))
}
