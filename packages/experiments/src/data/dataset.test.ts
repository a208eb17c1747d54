import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Dataset, type Example } from './dataset.ts'
import type { Item } from './readers/items.ts'
import type { Split } from './splits.ts'

function numbered(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({ texts: [`text ${index}`], label: index % 2 ? 'yes' : 'no' }))
}

function dataset(
  items: readonly Item[],
  { kind = 'labelled', seed = 0 }: { kind?: 'labelled' | 'texts'; seed?: number } = {},
): Dataset {
  return new Dataset({
    ...{ name: 'numbers', kind, fingerprint: 'f', seed },
    async *items() {
      yield* items
    },
  })
}

async function streamed(made: Dataset, split?: Split): Promise<Example[]> {
  const examples: Example[] = []
  for await (const example of made.stream(split)) examples.push(example)
  return examples
}

describe('a data set', () => {
  test('drops empty texts and exact duplicates before splitting, and counts', async () => {
    const made = dataset([...numbered(20), ...numbered(5), { texts: [' \n'], label: 'no' }])
    expect(await made.overview()).toMatchObject({
      ...{ documents: 20, duplicates: 5, words: 40, bytes: 10 * 6 + 10 * 7 },
      ...{ labels: ['no', 'yes'], labelCounts: [10, 10] },
    })
    expect(new Set((await streamed(made)).map(({ texts }) => texts[0])).size).toBe(20)
  })

  test('streams a split in the order of the source, and gives the same in the order of the seed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 10, max: 60 }), fc.nat(5), async (count, seed) => {
        const made = dataset(numbered(count), { seed })
        const { splits, order } = await made.overview()
        const all = await streamed(made)
        expect(all.map(({ texts: [text], label }) => [text, label])).toEqual(
          numbered(count).map(({ texts: [text] }, index) => [text, index % 2]),
        )
        for (const split of Object.keys(splits) as Split[]) {
          const chosen = order.subarray(...splits[split])
          expect(await made.examples(split)).toEqual(Array.from(chosen, (item) => all[item]))
          expect(await streamed(made, split)).toEqual(Array.from(chosen.toSorted(), (item) => all[item]))
        }
      }),
      { numRuns: 20 },
    )
  })

  test('has the order of its seed', async () => {
    const [first, again, other] = [1, 1, 2].map((seed) => dataset(numbered(100), { seed }))
    expect(await first?.examples('train')).toEqual(await again?.examples('train'))
    expect(await first?.examples('train')).not.toEqual(await other?.examples('train'))
  })

  test('of too few texts is an error', async () => {
    await expect(dataset(numbered(9)).overview()).rejects.toThrow(
      /numbers: found 9 distinct labelled texts, need at least 10/,
    )
    const single = [{ texts: ['a'] }, { texts: ['a'] }]
    await expect(dataset(single, { kind: 'texts' }).overview()).rejects.toThrow(
      /found 1 distinct texts, need at least 2/,
    )
  })
})
