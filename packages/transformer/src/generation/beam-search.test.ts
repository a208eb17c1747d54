import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MarkovModel, type MarkovTable, markovTable } from '../../test/markov.ts'
import { type TorchCase, TorchTensors, torchCases } from '../../test/torch.ts'
import { type BeamSearchOptions, beamSearch } from './beam-search.ts'
import { greedyDecode } from './greedy.ts'
import { lengthPenalties, type ScoredHypothesis } from './hypothesis.ts'

const sources = (count: number): Int32Array[] => Array.from({ length: count }, (_, index) => Int32Array.of(index))

/** One source that follows one table. */
async function search(model: MarkovModel, options: BeamSearchOptions): Promise<readonly ScoredHypothesis[]> {
  return (await beamSearch(model, sources(1), options))[0]!
}

interface MarkovCase extends TorchCase {
  readonly alpha: number
  readonly max_len: number
  readonly eos: number
  readonly bos: number
  readonly top5: readonly { readonly tokens: readonly number[]; readonly logp: number; readonly score: number }[]
  readonly greedy: readonly number[]
}

describe('the exhaustive search of the fixtures', () => {
  for (const each of torchCases<MarkovCase>('seq2seq').filter(({ name }) => name.startsWith('beam'))) {
    const numbers = [...new TorchTensors('seq2seq', each).numbers('in.logp')]
    const table = Array.from({ length: 5 }, (_, row) => numbers.slice(5 * row, 5 * row + 5))
    const model = new MarkovModel([table], { maxLength: 5, beginId: each.bos, endId: each.eos })

    test(`${each.name} is what a wide beam finds`, async () => {
      const options = { beams: 625, best: 5, lengthPenalty: each.alpha, lengthNormalization: 'power' } as const
      const found = await search(model, options)
      expect(found.map(({ tokens }) => [...tokens])).toEqual(each.top5.map(({ tokens }) => tokens))
      // Five logarithms are rounded to float32, by 2⁻²⁴ of up to 4 each; sums are float64.
      found.forEach(({ logProbability, score }, index) => {
        expect(logProbability).toBeCloseTo(each.top5[index]!.logp, 5)
        expect(score).toBeCloseTo(each.top5[index]!.score, 5)
      })
    })

    test(`${each.name} has the same greedy target, which one beam finds, too`, async () => {
      const [greedy] = await greedyDecode(model, sources(1))
      expect([...greedy!.tokens]).toEqual(each.greedy)
      expect([...(await search(model, { beams: 1 }))[0]!.tokens]).toEqual(each.greedy)
    })
  }
})

const endId = 0

/** Tables of 2 to 4 tokens, of which some never follow others, but each has one that does. */
const tables = (count: number): fc.Arbitrary<readonly MarkovTable[]> =>
  fc.integer({ min: 2, max: 4 }).chain((vocabulary) => {
    const row = fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: vocabulary, maxLength: vocabulary })
      .filter((weights) => weights.some((weight) => weight > 0))
    const table = fc.array(row, { minLength: vocabulary, maxLength: vocabulary }).map(markovTable)
    return fc.array(table, { minLength: 1, maxLength: count })
  })

const options = fc.record({
  beams: fc.integer({ min: 1, max: 6 }),
  best: fc.integer({ min: 1, max: 6 }),
  maxLength: fc.integer({ min: 1, max: 5 }),
  lengthPenalty: fc.constantFrom(0, 0.6, 1, 2.5),
  lengthNormalization: fc.constantFrom('wu' as const, 'power' as const),
})

const modelOf = (all: readonly MarkovTable[]): MarkovModel =>
  new MarkovModel(all, { maxLength: 5, beginId: all[0]!.length - 1, endId })

/** ln p of a whole target. */
function logProbabilityOf(table: MarkovTable, tokens: Int32Array): number {
  return tokens.reduce(
    (sum, token, place) => sum + table[place === 0 ? table.length - 1 : tokens[place - 1]!]![token]!,
    0,
  )
}

/** Every target that ends within a length and is possible. */
function* everyTarget(table: MarkovTable, maxLength: number, before: readonly number[] = []): Generator<Int32Array> {
  const last = before.at(-1) ?? table.length - 1
  for (const [token, x] of table[last]!.entries()) {
    if (x === -Infinity) continue
    if (token === endId) yield Int32Array.of(...before, token)
    else if (before.length + 1 < maxLength) yield* everyTarget(table, maxLength, [...before, token])
  }
}

const key = ({ tokens }: ScoredHypothesis): string => tokens.join(' ')

describe('beam search', () => {
  test('with one beam is greedy decoding', () =>
    fc.assert(
      fc.asyncProperty(tables(3), options, async (all, given) => {
        const [model, batch] = [modelOf(all), sources(all.length)]
        const greedy = await greedyDecode(model, batch, given)
        const found = await beamSearch(model, batch, { ...given, beams: 1 })
        expect(found.map(([first]) => first!.tokens)).toEqual(greedy.map(({ tokens }) => tokens))
        expect(found.map(([first]) => first!.logProbability)).toEqual(greedy.map((each) => each.logProbability))
      }),
    ))

  test('with enough beams finds the best there are, though it stops before the longest length', () =>
    fc.assert(
      fc.asyncProperty(tables(1), options, async ([table], given) => {
        const penalty = (length: number) => lengthPenalties[given.lengthNormalization](length, given.lengthPenalty)
        const expected = [...everyTarget(table!, given.maxLength)]
          .map((tokens) => logProbabilityOf(table!, tokens) / penalty(tokens.length))
          .sort((a, b) => b - a)
        const found = await search(modelOf([table!]), { ...given, beams: 4 ** 5 })
        const finished = found.filter((each) => each.finished)
        // Equal scores may come in any order, so scores are compared; sums are the same float64 additions.
        expect(finished.map(({ score }) => score)).toEqual(expected.slice(0, given.best))
      }),
    ))

  test('gives hypotheses sorted, each once, the finished ones first, with their true probability and score', () =>
    fc.assert(
      fc.asyncProperty(tables(1), options, async ([table], given) => {
        const found = await search(modelOf([table!]), given)
        expect(found.length).toBeGreaterThan(0)
        expect(found.length).toBeLessThanOrEqual(given.best)
        expect(new Set(found.map(key)).size).toBe(found.length)
        const order = [...found].sort((a, b) => Number(b.finished) - Number(a.finished) || b.score - a.score)
        expect(found.map(key)).toEqual(order.map(key))
        for (const { tokens, logProbability, score, finished } of found) {
          expect(tokens.indexOf(endId)).toBe(finished ? tokens.length - 1 : -1)
          expect(tokens.length <= given.maxLength && (finished || tokens.length === given.maxLength)).toBe(true)
          expect(logProbability).toBe(logProbabilityOf(table!, tokens))
          expect(score).toBe(
            logProbability / lengthPenalties[given.lengthNormalization](tokens.length, given.lengthPenalty),
          )
        }
      }),
    ))

  test('of a batch is that of each source', () =>
    fc.assert(
      fc.asyncProperty(tables(4), options, async (all, given) => {
        const model = modelOf(all)
        const together = await beamSearch(model, sources(all.length), given)
        for (const [index, source] of sources(all.length).entries()) {
          expect((await beamSearch(model, [source], given))[0]).toEqual(together[index])
        }
      }),
    ))

  test('that stops early has the best that it would have had at the longest length', () =>
    fc.assert(
      fc.asyncProperty(tables(1), options, async ([table], given) => {
        const model = modelOf([table!])
        // More than there are, so that nothing can end the search before the longest length.
        const all = await search(model, { ...given, best: 1000 })
        const scores = (found: readonly ScoredHypothesis[]) => found.map(({ score, finished }) => [finished, score])
        expect(scores(await search(model, given))).toEqual(scores(all.slice(0, given.best)))
      }),
    ))

  test('forgets no hypothesis that ended, though it goes on with others', async () => {
    // From <s>, which is 3, come 1 and 2, as probable. 1 ends at once, 2 goes on and on.
    const table = markovTable([
      [1, 0, 0, 0],
      [9, 1, 0, 0],
      [1, 0, 9, 0],
      [0, 5, 5, 0],
    ])
    const model = new MarkovModel([table], { maxLength: 20, beginId: 3, endId })
    const found = await search(model, { beams: 2, best: 3, lengthPenalty: 0 })
    expect(found.map(({ tokens }) => [...tokens])).toEqual([
      [1, 0],
      [2, 2, 0],
      [2, 2, 2, 0],
    ])
  })

  test('ranks longer hypotheses higher the larger the penalty', async () => {
    const table = markovTable([
      [1, 0],
      [4, 6],
    ])
    const model = new MarkovModel([table], { maxLength: 10, beginId: 1, endId })
    const length = async (lengthPenalty: number): Promise<number> =>
      (await search(model, { beams: 2, lengthPenalty, lengthNormalization: 'power' }))[0]!.tokens.length
    expect(await length(0)).toBe(1)
    expect(await length(1)).toBe(10)
  })
})

describe('bad input', () => {
  const model = modelOf([
    markovTable([
      [1, 1],
      [1, 1],
    ]),
  ])
  const refuses = (given: BeamSearchOptions, message: string) =>
    expect(beamSearch(model, sources(1), given)).rejects.toThrow(message)

  test('is refused, with what was given and what is expected', async () => {
    await refuses({ beams: 0 }, 'beams must be a whole number >= 1, got 0')
    await refuses({ beams: 1.5 }, 'beams must be a whole number >= 1, got 1.5')
    await refuses({ best: 0 }, 'best must be a whole number >= 1, got 0')
    await refuses({ maxLength: 0 }, 'maxLength must be a whole number from 1 to 5, got 0')
    await refuses({ maxLength: 6 }, 'maxLength must be a whole number from 1 to 5, got 6')
    await refuses({ minLength: 4, maxLength: 3 }, 'minLength must be a whole number from 1 to 3, got 4')
    await refuses({ lengthPenalty: -1 }, 'lengthPenalty must be a number >= 0, got -1')
    await refuses({ lengthPenalty: Number.NaN }, 'lengthPenalty must be a number >= 0, got NaN')
  })

  test('no source at all is an empty answer', async () => expect(await beamSearch(model, [])).toEqual([]))

  test('a model that has diverged is an error, not an endless search', async () => {
    const diverged = new MarkovModel(
      [
        [
          [Number.NaN, Number.NaN],
          [Number.NaN, Number.NaN],
        ],
      ],
      { maxLength: 5, beginId: 1, endId },
    )
    await expect(beamSearch(diverged, sources(1))).rejects.toThrow('no token can be number 1 of the target of source 0')
    await expect(greedyDecode(diverged, sources(1))).rejects.toThrow('the model has diverged')
  })

  test('a signal stops the work, also one that comes from a timer', async () => {
    await refuses({ signal: AbortSignal.abort(new Error('that is enough')) }, 'that is enough')
    // The end token never comes, and a million tokens would take minutes.
    const endless = new MarkovModel(
      [
        markovTable([
          [1, 1],
          [0, 1],
        ]),
      ],
      { maxLength: 1e6, beginId: 1, endId },
    )
    const options = { maxLength: 1e6, signal: AbortSignal.timeout(20) }
    await expect(greedyDecode(endless, sources(1), options)).rejects.toThrow('timeout')
    await expect(beamSearch(endless, sources(1), { ...options, signal: AbortSignal.timeout(20) })).rejects.toThrow(
      'timeout',
    )
  })
})
