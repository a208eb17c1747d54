/** What a layer would take and lose at a number of bits. */
export interface BitChoice {
  readonly bits: number
  /** whole, >= 0 */
  readonly bytes: number
  /** the damage, in one unit for all layers: a squared error, or a loss that was measured */
  readonly error: number
}

/** How bits are shared out. */
export interface AllocateOptions {
  /**
   * `greedy`, the default: from the cheapest choices on, the step that saves most error for a byte, as long as it fits.
   * `exact`: the least error of all combinations, for a few layers: it may take a time and memory that grow with the budget.
   */
  readonly method?: 'greedy' | 'exact'
}

/**
 * Bits for each layer so that Σ bytes <= budget and Σ error is small. More budget never means more error.
 *
 * @param layers the choices of each, by name
 * @returns the bits of each, by name
 * @throws RangeError if a layer has no choices, or the cheapest ones do not fit; the message says how much they take
 */
export function allocateBits(
  layers: ReadonlyMap<string, readonly BitChoice[]>,
  byteBudget: number,
  { method = 'greedy' }: AllocateOptions = {},
): Map<string, number> {
  const frontiers = new Map([...layers].map(([name, choices]) => [name, useful(name, choices)]))
  const cheapest = [...frontiers.values()].reduce((sum, [first]) => sum + first!.bytes, 0)
  if (!(cheapest <= byteBudget)) {
    throw new RangeError(
      `allocateBits: the cheapest choices take ${cheapest} bytes, the budget is ${byteBudget}; ` +
        'raise it or offer fewer bits',
    )
  }
  const chosen = method === 'exact' ? exact(frontiers, byteBudget) : greedy(frontiers, byteBudget - cheapest)
  return new Map([...chosen].map(([name, { bits }]) => [name, bits]))
}

/** The choices that are not beaten by another in both bytes and error, cheapest first. */
function useful(name: string, choices: readonly BitChoice[]): BitChoice[] {
  const wrong = choices.find(({ bytes, error }) => !(Number.isInteger(bytes) && bytes >= 0 && error >= 0))
  if (choices.length === 0 || wrong) {
    const given = wrong ? `${wrong.bytes} bytes and error ${wrong.error}` : 'no choice'
    throw new RangeError(`allocateBits: '${name}' has ${given}; give one at least, with whole bytes and an error >= 0`)
  }
  const sorted = [...choices].sort((a, b) => a.bytes - b.bytes || a.error - b.error)
  let least = Number.POSITIVE_INFINITY
  return sorted.filter(({ error }) => {
    const improves = error < least
    if (improves) least = error
    return improves
  })
}

interface Step {
  readonly name: string
  readonly to: BitChoice
  readonly bytes: number
  /** error saved for a byte */
  readonly gain: number
}

function greedy(frontiers: ReadonlyMap<string, readonly BitChoice[]>, spare: number): Map<string, BitChoice> {
  const chosen = new Map([...frontiers].map(([name, [first]]) => [name, first!]))
  // On the convex hull gains fall from step to step, so that sorting by gain keeps each layer's steps in order.
  const steps = [...frontiers].flatMap(([name, choices]) => hullSteps(name, choices))
  steps.sort((a, b) => b.gain - a.gain)
  const full = new Set<string>()
  let left = spare
  for (const { name, to, bytes } of steps) {
    if (full.has(name)) continue
    if (bytes > left) {
      full.add(name)
      continue
    }
    left -= bytes
    chosen.set(name, to)
  }
  return chosen
}

/** From the cheapest choice, again and again the step of the greatest gain. */
function hullSteps(name: string, choices: readonly BitChoice[]): Step[] {
  const steps: Step[] = []
  let place = 0
  while (place < choices.length - 1) {
    const from = choices[place]!
    const gainTo = ({ bytes, error }: BitChoice): number => (from.error - error) / (bytes - from.bytes)
    let best = place + 1
    for (let other = best + 1; other < choices.length; other++) {
      if (gainTo(choices[other]!) >= gainTo(choices[best]!)) best = other
    }
    const to = choices[best]!
    steps.push({ name, to, bytes: to.bytes - from.bytes, gain: gainTo(to) })
    place = best
  }
  return steps
}

interface Combination {
  readonly bytes: number
  readonly error: number
  /** the last layer's choice, and the combination of those before */
  readonly choice: BitChoice | undefined
  readonly before: Combination | undefined
}

/** Layer by layer, the combinations that no other beats in both bytes and error. */
function exact(frontiers: ReadonlyMap<string, readonly BitChoice[]>, budget: number): Map<string, BitChoice> {
  let kept: Combination[] = [{ bytes: 0, error: 0, choice: undefined, before: undefined }]
  for (const choices of frontiers.values()) {
    const all = kept.flatMap((before) =>
      choices.map((choice) => ({
        bytes: before.bytes + choice.bytes,
        error: before.error + choice.error,
        choice,
        before,
      })),
    )
    all.sort((a, b) => a.bytes - b.bytes || a.error - b.error)
    let least = Number.POSITIVE_INFINITY
    kept = all.filter(({ bytes, error }) => {
      const improves = bytes <= budget && error < least
      if (improves) least = error
      return improves
    })
  }
  const names = [...frontiers.keys()].reverse()
  let combination = kept.at(-1)
  const chosen = new Map<string, BitChoice>()
  for (const name of names) {
    chosen.set(name, combination!.choice!)
    combination = combination!.before
  }
  return new Map([...frontiers.keys()].map((name) => [name, chosen.get(name)!]))
}
