import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TokenizerTrainingProgress } from './learn-tokenizer.ts'
import { TokenizerTrainer, trainTokenizer } from './train.ts'
import { WordCounts } from './word-counts.ts'

const texts = Array.from(
  { length: 3000 },
  (_, index) => `Number ${index} is ${index % 7 ? 'not ' : ''}divisible by seven.`,
)

async function* streamed<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) yield item
}

describe('a trainer', () => {
  test('learns from a stream what trainTokenizer learns from a list', async () => {
    const trainer = new TokenizerTrainer()
    await trainer.addAll(streamed(texts.slice(0, 1000)))
    await trainer.addAll(texts.slice(1000, 2000))
    for (const text of texts.slice(2000)) trainer.add(text)
    expect([trainer.texts, trainer.dropped, trainer.undercount]).toEqual([3000, 0, 0])
    const expected = trainTokenizer(texts, { vocabularySize: 400 })
    expect((await trainer.train({ vocabularySize: 400 })).model).toEqual(expected.model)
    const smaller = await trainer.train({ vocabularySize: 300 })
    expect(smaller.model.merges, 'it can train again').toEqual(expected.model.merges.slice(0, 300 - 261))
  })

  test('with room for all words learns the same in any order of texts', async () => {
    const word = fc.constantFrom('low', 'lower', 'lowest', 'new', 'newer', 'wide', 'wider')
    const lines = fc.array(
      fc.array(word, { maxLength: 6 }).map((words) => words.join(' ')),
      { maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(lines, fc.infiniteStream(fc.nat()), async (given, random) => {
        const shuffled = given.map((text) => ({ text, key: random.next().value })).sort((a, b) => a.key - b.key)
        const models = [given, shuffled.map(({ text }) => text)].map((order) => {
          const trainer = new TokenizerTrainer({ maxWords: 1000 })
          for (const text of order) trainer.add(text)
          return trainer.train({ vocabularySize: 280 })
        })
        const [one, other] = await Promise.all(models)
        expect(one?.model).toEqual(other?.model)
      }),
    )
  })

  test('stops when its signal is aborted, and can go on', async () => {
    const trainer = new TokenizerTrainer()
    const stop = new AbortController()
    const forever = (function* () {
      for (let count = 0; ; count++) {
        if (count === 5000) stop.abort(new Error('enough'))
        yield `text ${count}`
      }
    })()
    await expect(trainer.addAll(forever, { signal: stop.signal })).rejects.toThrow('enough')
    expect(trainer.texts).toBeGreaterThanOrEqual(5000)
    await expect(trainer.train({ vocabularySize: 300, signal: stop.signal })).rejects.toThrow('enough')
    expect((await trainer.train({ vocabularySize: 270 })).vocabularySize).toBe(270)
  })

  test('reports how far it is, and what it dropped', async () => {
    const trainer = new TokenizerTrainer({ maxWords: 100 })
    const seen: TokenizerTrainingProgress[] = []
    const onProgress = (progress: TokenizerTrainingProgress): void => void seen.push(progress)
    await trainer.addAll(texts, { onProgress })
    await trainer.train({ vocabularySize: 275, onProgress })
    expect(seen.map(({ phase }) => phase)).toEqual(['counting', 'counting', 'counting', 'merging'])
    expect(seen[2]).toMatchObject({ texts: 3000, dropped: expect.any(Number) })
    expect(seen.at(-1)).toEqual({ phase: 'merging', vocabularySize: 275, of: 275 })
    expect(trainer.words).toBeLessThanOrEqual(100)
    expect(trainer.dropped).toBeGreaterThan(0)
  })

  test('refuses a vocabulary that is too small', async () => {
    await expect(new TokenizerTrainer().train({ vocabularySize: 260 })).rejects.toThrow(/260 is too small.*need 261/)
    expect(() => new TokenizerTrainer({ maxWords: 0 })).toThrow(/maxWords must be a whole number from 1/)
  })
})

describe('words counted in bounded memory', () => {
  const letters = fc.constantFrom(...'abcdefghijkl')

  test('are never more than allowed, no count is too high, and none too low by more than it says', () => {
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 300, size: 'max' }),
        fc.integer({ min: 1, max: 14 }),
        (words, maxWords) => {
          const bounded = new WordCounts({ maxWords })
          const exact = new Map<string, number>()
          for (const word of words) {
            bounded.add(word)
            exact.set(word, (exact.get(word) ?? 0) + 1)
            expect(bounded.words).toBeLessThanOrEqual(maxWords)
          }
          const counts = new Map(bounded.entries())
          for (const [word, count] of exact) {
            expect(counts.get(word) ?? 0).toBeLessThanOrEqual(count)
            expect(counts.get(word) ?? 0).toBeGreaterThanOrEqual(count - bounded.undercount)
          }
          const held = [...counts.values()].reduce((sum, count) => sum + count, 0)
          expect(held + bounded.dropped).toBe(words.length)
          if (exact.size <= maxWords) expect(bounded.undercount).toBe(0)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('keep those that are frequent', () => {
    const counts = new WordCounts({ maxWords: 50 })
    for (let rare = 0; rare < 5000; rare++)
      counts.add(`x${String.fromCharCode(97 + (rare % 26)).repeat(1 + (rare % 200))} the the`)
    const frequent = new Map(counts.entries()).get(' the') ?? 0
    expect(frequent).toBe(10_000)
  })

  test('a word without end is counted in pieces, no character is cut', () => {
    const counts = new WordCounts()
    counts.add(`a${'𝔘'.repeat(1e6)}`)
    const pieces = [...counts.entries()].map(([piece]) => piece)
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(256)
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true)
    const total = [...counts.entries()].reduce((sum, [piece, count]) => sum + piece.length * count, 0)
    expect(total).toBe(1 + 2e6)
  })
})
