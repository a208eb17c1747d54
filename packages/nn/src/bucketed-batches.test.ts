import { key } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BucketedBatch, BucketedBatches, type BucketedBatchesOptions } from './bucketed-batches.ts'

const longest = 50

const anyOptions: fc.Arbitrary<BucketedBatchesOptions> = fc.record(
  {
    lengths: fc.array(fc.integer({ min: 1, max: longest }), { minLength: 1, maxLength: 80 }),
    key: fc.maxSafeNat().map(key),
    maxExamples: fc.integer({ min: 1, max: 20 }),
    maxTokens: fc.integer({ min: 2 * longest, max: 400 }), // the longest, padded to any multiple below
    multipleOf: fc.integer({ min: 1, max: 16 }),
    maxLength: fc.integer({ min: longest, max: 2 * longest }),
  },
  { requiredKeys: ['lengths', 'key', 'maxExamples'] },
)

const epochOf = (batches: BucketedBatches, epoch = 0): BucketedBatch[] =>
  Array.from({ length: batches.batchesPerEpoch }, (_, batch) => batches.batch(epoch * batches.batchesPerEpoch + batch))

describe('batches of like length', () => {
  test('have every example once in an epoch', () => {
    fc.assert(
      fc.property(anyOptions, fc.nat(3), (options, epoch) => {
        const examples = epochOf(new BucketedBatches(options), epoch).flatMap((batch) => [...batch.examples])
        expect(examples.sort((a, b) => a - b)).toEqual([...new Array(options.lengths.length).keys()])
      }),
    )
  })

  test('keep their limits: rows, places, and a length that holds every row and is a multiple or the most there is', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const { lengths, maxExamples = Infinity, maxTokens = Infinity, multipleOf = 8, maxLength = Infinity } = options
        for (const { examples, length } of epochOf(new BucketedBatches(options))) {
          expect(examples.length).toBeGreaterThanOrEqual(1)
          expect(examples.length).toBeLessThanOrEqual(maxExamples)
          expect(examples.length * length).toBeLessThanOrEqual(maxTokens)
          expect(length % multipleOf === 0 || length === maxLength).toBe(true)
          const longest = Math.max(...Array.from(examples, (example) => lengths[example]!))
          expect(length).toBeGreaterThanOrEqual(longest)
          expect(length - longest).toBeLessThan(multipleOf)
        }
      }),
    )
  })

  test('say how much of them is padding', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const batches = new BucketedBatches(options)
        const places = epochOf(batches).reduce((sum, { examples, length }) => sum + examples.length * length, 0)
        const ids = Array.from(options.lengths).reduce((sum, length) => sum + length, 0)
        expect(batches.paddingShare).toBeCloseTo(1 - ids / places, 12)
      }),
    )
  })

  test('are the same at a step however it is reached, so that a resumed run goes on exactly', () => {
    fc.assert(
      fc.property(anyOptions, fc.array(fc.nat(200), { minLength: 1, maxLength: 10 }), (options, steps) => {
        const straight = new BucketedBatches(options)
        const all = Array.from({ length: Math.max(...steps) + 1 }, (_, step) => straight.batch(step))
        const jumping = new BucketedBatches(options)
        for (const step of steps) {
          expect(jumping.batch(step)).toEqual(all[step])
          expect(new BucketedBatches(options).batch(step)).toEqual(all[step])
        }
      }),
    )
  })

  test('are in another order, of other examples, in each epoch and for each key', () => {
    const lengths = Array.from({ length: 400 }, (_, example) => 1 + (example % 16))
    const options = { lengths, key: key(1), maxExamples: 10 }
    const [first, second] = [0, 1].map((epoch) => epochOf(new BucketedBatches(options), epoch))
    expect(first).not.toEqual(second)
    expect(epochOf(new BucketedBatches({ ...options, key: key(2) }))).not.toEqual(first)
  })

  test('have little padding where lengths vary, a fraction of what batches in any order have', () => {
    const lengths = Array.from({ length: 1000 }, (_, example) => 3 + ((example * 37) % 126))
    const { paddingShare } = new BucketedBatches({ lengths, key: key(0), maxTokens: 2048 })
    const unsorted = 1 - lengths.reduce((sum, length) => sum + length, 0) / (1000 * 128)
    expect(unsorted).toBeGreaterThan(0.4)
    // A row has up to seven places of padding of 66 on average; where a batch meets the next length, eight more.
    expect(paddingShare).toBeLessThan(0.12)
  })
})

test.each([
  [{ lengths: [] as number[] }, 'there are no examples'],
  [{ maxExamples: Infinity }, 'give maxTokens, maxExamples or both'],
  [{ maxExamples: 0 }, 'maxExamples must be a whole number >= 1, got 0'],
  [{ multipleOf: 1.5 }, 'multipleOf must be a whole number >= 1, got 1.5'],
  [{ multipleOf: Infinity }, 'multipleOf must be a whole number, got Infinity'],
  [{ lengths: [4, 0] }, 'example 1 has 0 ids, expected a whole number from 1'],
  [{ maxLength: 8 }, 'example 1 has 9 ids, expected a whole number from 1 to maxLength 8; truncate it first'],
  [{ maxTokens: 15 }, 'example 1, padded to 16 ids, does not fit in maxTokens 15'],
])('%j is refused', (wrong, message) => {
  expect(() => new BucketedBatches({ lengths: [4, 9], key: key(0), maxExamples: 2, ...wrong })).toThrow(message)
})

test('a step that is none is refused', () => {
  const batches = new BucketedBatches({ lengths: [4], key: key(0), maxExamples: 2 })
  expect(() => batches.batch(-1)).toThrow('step must be a whole number >= 0, got -1')
})
