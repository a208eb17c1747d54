/** How one sequence of words becomes another by the fewest insertions, deletions and substitutions. */
export interface EditAlignment {
  /** their number */
  readonly edits: number
  /** for each word of the reference the place of the last word of the hypothesis up to it, -1 if there is none */
  readonly places: readonly number[]
  /** for each word of the hypothesis whether it is deleted or substituted */
  readonly hypothesisErrors: readonly boolean[]
  /** for each word of the reference whether it is inserted or a substitute */
  readonly referenceErrors: readonly boolean[]
}

type Edit = 'keep' | 'delete' | 'insert'

/** Cells farther than this from the diagonal are not looked at: Tercom's width. */
const beamWidth = 25

/** Edits of the first i words of the hypothesis to the first j of the reference: `[i][j]`. */
type Costs = readonly (readonly number[])[]

/**
 * Levenshtein's distance near the diagonal, and the edits. Of several ways the one is taken that, from the end, prefers
 * keeping or substituting to deleting, and deleting to inserting.
 */
export function alignEdits(hypothesis: readonly string[], reference: readonly string[]): EditAlignment {
  const costs = editCosts(hypothesis, reference)
  const trace: Edit[] = []
  for (let i = hypothesis.length, j = reference.length; i > 0 || j > 0; ) {
    const edit = lastEdit(costs, i, j, hypothesis[i - 1] === reference[j - 1])
    trace.push(edit)
    if (edit !== 'insert') i--
    if (edit !== 'delete') j--
  }
  const places: number[] = []
  const hypothesisErrors: boolean[] = []
  const referenceErrors: boolean[] = []
  for (const edit of trace.toReversed()) {
    const isError = edit !== 'keep' || hypothesis[hypothesisErrors.length] !== reference[referenceErrors.length]
    if (edit !== 'insert') hypothesisErrors.push(isError)
    if (edit !== 'delete') {
      referenceErrors.push(isError)
      places.push(hypothesisErrors.length - 1)
    }
  }
  return { edits: costs.at(-1)!.at(-1)!, places, hypothesisErrors, referenceErrors }
}

/** Only the number of edits. */
export function countEdits(hypothesis: readonly string[], reference: readonly string[]): number {
  return editCosts(hypothesis, reference).at(-1)!.at(-1)!
}

function editCosts(hypothesis: readonly string[], reference: readonly string[]): Costs {
  const [rows, columns] = [hypothesis.length, reference.length]
  const slope = rows > 0 ? columns / rows : 1
  const width = Math.max(beamWidth, beamWidth < slope / 2 ? Math.ceil(slope / 2 + beamWidth) : 0)
  const costs = [Array.from({ length: columns + 1 }, (_, j) => j)]
  for (let i = 1; i <= rows; i++) {
    const [above, row] = [costs[i - 1]!, new Array<number>(columns + 1).fill(Number.POSITIVE_INFINITY)]
    const diagonal = Math.floor(i * slope)
    const last = i === rows ? columns : Math.min(columns, diagonal + width - 1)
    for (let j = Math.max(0, diagonal - width); j <= last; j++) {
      const kept = j > 0 ? above[j - 1]! + Number(hypothesis[i - 1] !== reference[j - 1]) : Number.POSITIVE_INFINITY
      const inserted = j > 0 ? row[j - 1]! + 1 : Number.POSITIVE_INFINITY
      row[j] = Math.min(kept, above[j]! + 1, inserted)
    }
    costs.push(row)
  }
  return costs
}

function lastEdit(costs: Costs, i: number, j: number, equal: boolean): Edit {
  const cost = costs[i]![j]!
  if (i > 0 && j > 0 && costs[i - 1]![j - 1]! + Number(!equal) === cost) return 'keep'
  return i > 0 && costs[i - 1]![j]! + 1 === cost ? 'delete' : 'insert'
}
