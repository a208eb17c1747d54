import { key } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MarkovModel, markovTable } from '../../test/markov.ts'
import { greedyDecode } from './greedy.ts'
import { type SampleOptions, sampleDecode } from './sample.ts'

/** Three tokens follow with probabilities 0.5, 0.3 and 0.2, and a target has one of them. */
const probabilities = [0.5, 0.3, 0.2]
const model = new MarkovModel([markovTable(probabilities.map(() => probabilities))], {
  maxLength: 8,
  beginId: 1,
  endId: 2,
})

/** How often each token is the first of a target, of many. */
async function frequencies(options: Omit<SampleOptions, 'key'>): Promise<number[]> {
  const count = 4000
  const sources = Array.from({ length: count }, () => Int32Array.of(0))
  const drawn = await sampleDecode(model, sources, { key: key(1), maxLength: 1, ...options })
  const counts = probabilities.map(() => 0)
  for (const { tokens } of drawn) counts[tokens[0]!]! += 1 / count
  return counts
}

/** 4000 draws have a deviation of 0.8% at most; 3% is four of those, and the key is fixed. */
function expectNear(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((frequency, token) => expect(Math.abs(frequency - expected[token]!)).toBeLessThan(0.03))
}

describe('sampling', () => {
  test('draws tokens as often as the model says', async () => expectNear(await frequencies({}), probabilities))

  test('with a temperature of one half squares probabilities', async () =>
    expectNear(await frequencies({ temperature: 0.5 }), [0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38]))

  test('of the two most probable never draws the third', async () => {
    const drawn = await frequencies({ topK: 2 })
    expectNear(drawn, [0.625, 0.375, 0])
    expect(drawn[2]).toBe(0)
  })

  test('of the fewest that have 0.6 takes two, of those that have 0.4 one', async () => {
    expectNear(await frequencies({ topP: 0.6 }), [0.625, 0.375, 0])
    expect(await frequencies({ topP: 0.4 })).toEqual([expect.closeTo(1, 9), 0, 0])
    // Of the two that top-k leaves, the first has 0.625 and is enough.
    expect(await frequencies({ topK: 2, topP: 0.6 })).toEqual([expect.closeTo(1, 9), 0, 0])
  })

  test('gives the same targets for the same key, and each source its own', async () => {
    const sources = Array.from({ length: 20 }, () => Int32Array.of(0))
    const first = await sampleDecode(model, sources, { key: key(7) })
    expect(await sampleDecode(model, sources, { key: key(7) })).toEqual(first)
    expect(await sampleDecode(model, sources.slice(0, 5), { key: key(7) })).toEqual(first.slice(0, 5))
    expect(await sampleDecode(model, sources, { key: key(8) })).not.toEqual(first)
    expect(new Set(first.map(({ tokens }) => tokens.join(' '))).size).toBeGreaterThan(5)
  })

  test('of the one most probable token is greedy decoding, and probabilities are the model’s at any temperature', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 3, maxLength: 3 }), {
          minLength: 3,
          maxLength: 3,
        }),
        fc.integer({ min: 0, max: 1000 }),
        fc.constantFrom(0.01, 0.5, 1, 3),
        async (weights, seed, temperature) => {
          const chain = new MarkovModel([markovTable(weights)], { maxLength: 6, beginId: 1, endId: 2 })
          const sources = [Int32Array.of(0), Int32Array.of(0)]
          const options = { key: key(seed), temperature }
          const greedy = await greedyDecode(chain, sources)
          expect(await sampleDecode(chain, sources, { ...options, topK: 1 })).toEqual(greedy)
          const drawn = await sampleDecode(chain, sources, options)
          for (const { tokens, logProbability, finished } of drawn) {
            const terms = [...tokens].map(
              (token, place) => markovTable(weights)[place ? tokens[place - 1]! : 1]![token]!,
            )
            expect(logProbability).toBe(terms.reduce((sum, x) => sum + x, 0))
            expect(finished).toBe(tokens.at(-1) === 2)
          }
        },
      ),
    ))

  test('refuses what it cannot draw from', async () => {
    const refuses = (options: Omit<SampleOptions, 'key'>, message: string) =>
      expect(sampleDecode(model, [Int32Array.of(0)], { key: key(1), ...options })).rejects.toThrow(message)
    await refuses({ temperature: 0 }, 'temperature must be > 0, got 0; greedyDecode is the limit at 0')
    await refuses({ topK: 0 }, 'topK must be a whole number >= 1, got 0')
    await refuses({ topP: 0 }, 'topP must be 0 < topP <= 1, got 0')
    await refuses({ topP: 1.1 }, 'topP must be 0 < topP <= 1, got 1.1')
  })
})

describe('lengths', () => {
  test('a target has at least the shortest and at most the longest length, and no padding', async () => {
    const padded = new MarkovModel(
      [
        markovTable([
          [1, 9, 5],
          [1, 9, 5],
          [1, 9, 5],
        ]),
      ],
      {
        maxLength: 8,
        beginId: 2,
        endId: 0,
        paddingId: 1,
      },
    )
    const sources = Array.from({ length: 50 }, () => Int32Array.of(0))
    for (const { tokens, finished } of await sampleDecode(padded, sources, {
      key: key(3),
      minLength: 3,
      maxLength: 5,
    })) {
      expect(tokens.includes(1)).toBe(false)
      expect(tokens.length).toBeLessThanOrEqual(5)
      expect(tokens.length).toBeGreaterThanOrEqual(finished ? 3 : 5)
    }
  })
})
