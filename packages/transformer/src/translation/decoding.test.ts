import { type Backend, key, openBackend, useBackend } from '@tlc/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNames } from '../../test/backends.ts'
import { allSteps, randomSources, smallModel } from '../../test/translation-decoding.ts'
import { beamSearch, greedyDecode, sampleDecode } from '../generation/index.ts'
import { Rereading } from './rereading.ts'

describe.each(backendNames)('decoding with a cache on %s', (name) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await openBackend(name)
    useBackend(backend)
  })
  afterAll(() => backend.close())

  test.each([
    { normalization: 'post', positions: 'sinusoidal' },
    { normalization: 'pre', positions: 'learned' },
  ] as const)('says what reading everything again says, to the bit: $normalization-norm', async (options) => {
    const model = smallModel(options)
    const [cached, again] = [
      await allSteps((sources) => model.begin(sources)),
      await allSteps((sources) => new Rereading(model).begin(sources)),
    ]
    // Sums run in the same order in both, and hidden keys add exactly 0.
    expect(cached).toEqual(again)
  })

  test('says of the most probable tokens what it says of all', async () => {
    const model = smallModel()
    const sources = randomSources([7, 3, 12])
    for (const each of [model, new Rereading(model)]) {
      using scorer = each.begin(sources)
      using other = each.begin(sources)
      const tokens = Int32Array.of(0, 0, 0)
      const all = await scorer.step(tokens)
      const best = await other.stepToBest!(tokens, 4)
      const rows = [0, 1, 2].map((row) => [...all.subarray(40 * row, 40 * row + 40).entries()])
      // A sort that is stable: of equal ones the first.
      const expected = rows.flatMap((row) => row.sort(([, a], [, b]) => b - a).slice(0, 4))
      expect([...best.tokens]).toEqual(expected.map(([token]) => token))
      expect([...best.logProbabilities]).toEqual(expected.map(([, logProbability]) => logProbability))
      expect(best.count).toBe(4)
    }
  })

  test('gives the same targets as without one, for sources of different lengths', async () => {
    const model = smallModel()
    const sources = randomSources([5, 1, 13, 24, 2, 8])
    const uncached = new Rereading(model)
    expect(await greedyDecode(model, sources)).toEqual(await greedyDecode(uncached, sources))
    const options = { best: 4, maxLength: 12 }
    expect(await beamSearch(model, sources, options)).toEqual(await beamSearch(uncached, sources, options))
  })

  test('of a batch gives the targets of each source alone, to the bit', async () => {
    const model = smallModel()
    const sources = randomSources([5, 1, 13, 24])
    const together = await beamSearch(model, sources, { best: 2 })
    for (const [index, source] of sources.entries()) {
      const [alone] = await beamSearch(model, [source], { best: 2 })
      expect(alone).toEqual(together[index])
    }
  })

  test('leaves no tensor behind, also when it is stopped', async () => {
    // On a backend of its own, where the collector finds nothing of other tests.
    const own = await openBackend(name)
    useBackend(own)
    const model = smallModel()
    const sources = randomSources([5, 9, 3])
    const before = own.memory()
    await greedyDecode(model, sources)
    await sampleDecode(model, sources, { key: key(1) })
    await beamSearch(model, sources, { best: 3 })
    const stop = new AbortController()
    const stopped = beamSearch(model, sources, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(stopped).rejects.toThrow('enough')
    expect(() => model.begin([new Int32Array(25)])).toThrow('has 25 tokens')
    expect(own.memory().tensors).toBe(before.tensors)
    expect(own.memory().bytes).toBe(before.bytes)
    useBackend(backend)
    await own.close()
  })
})

describe('sources', () => {
  beforeAll(async () => useBackend(await openBackend('reference')))

  test('that cannot be read are refused, with their number', () => {
    const model = smallModel()
    const begin =
      (...sources: Int32Array[]) =>
      () =>
        model.begin([Int32Array.of(5), ...sources])
    expect(begin(new Int32Array())).toThrow('source 1 is empty; leave it out')
    expect(begin(new Int32Array(25))).toThrow('source 1 has 25 tokens, and the model reads 24; cut it')
    expect(begin(Int32Array.of(3, 40))).toThrow('source 1 has the id 40, and the vocabulary is 0 to 39')
    expect(begin(Int32Array.of(-1))).toThrow('source 1 has the id -1')
  })

  test('have as many rows each while they are translated', async () => {
    using scorer = smallModel().begin(randomSources([3, 4]))
    await scorer.step(Int32Array.of(0, 0))
    expect(() => scorer.select(Int32Array.of(0, 0, 1))).toThrow('same number of rows, got rows of the sources 0, 0, 1')
    expect(() => scorer.select(Int32Array.of(0, 1, 1, 1))).toThrow('same number of rows')
  })

  test('that are as long as the model reads have targets as long', async () => {
    const [hypothesis] = await greedyDecode(smallModel(), randomSources([24]), { minLength: 24 })
    expect(hypothesis!.tokens.length).toBe(24)
  })
})
