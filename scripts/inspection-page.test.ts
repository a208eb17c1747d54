/** The page that `tlc inspect --html` writes, in Chromium: no errors, readable on a telephone and at night. */
import { type Browser, chromium as playwright } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compressModel } from '../packages/experiments/src/compression/compress-model.ts'
import { parseRecipe } from '../packages/experiments/src/compression/parse-recipe.ts'
import { inspectArtefact } from '../packages/experiments/src/inspect/inspection.ts'
import { inspectionPage } from '../packages/experiments/src/inspect/inspection-page.ts'
import { palette } from '../packages/experiments/src/report/palette.ts'
import { tinyClassifier } from '../packages/experiments/test/tiny-classifier.ts'
import { openBackend, useBackend } from '../packages/tensor/src/index.ts'
import { chromium, chromiumProblem } from './chromium.ts'

const problem = await chromiumProblem()

let browser: Browser
let html: string
beforeAll(async () => {
  if (problem) return
  browser = await playwright.launch(chromium)
  useBackend(await openBackend('reference'))
  const recipe = parseRecipe([{ prune: { sparsity: 0.6 } }, { quantize: { bits: 4, granularity: 'row' } }])
  const { file } = await compressModel({ model: tinyClassifier(), recipe, measure: async () => ({ accuracy: 0.5 }) })
  html = inspectionPage('<small> & fast', await inspectArtefact(file))
})
afterAll(() => browser?.close())

describe.skipIf(problem)('the page of an inspection', () => {
  test.each(['light', 'dark'] as const)('fits 400 pixels, in %s colors, without errors', async (colorScheme) => {
    const page = await browser.newPage({ colorScheme, viewport: { width: 400, height: 800 } })
    try {
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', ({ message }) => complaints.push(message))
      page.on('request', ({ url }) => complaints.push(url()))
      await page.setContent(html)
      const seen = await page.evaluate(() => ({
        title: document.title,
        width: document.documentElement.scrollWidth,
        table: document.querySelector('.scroll')!.scrollWidth,
        rows: document.querySelectorAll('tbody tr').length,
        drawn: [...document.querySelectorAll('.histogram path')].map((path) => path.getBoundingClientRect().height),
        background: getComputedStyle(document.body).backgroundColor,
      }))
      expect(complaints).toEqual([])
      expect(seen).toMatchObject({ title: '<small> & fast', background: rgb(palette(colorScheme, 1).paper) })
      expect(seen.width).toBe(400)
      expect(seen.table).toBeGreaterThan(400) // it scrolls, the page does not
      // Of two layers: query, key, value, output and two of the feed-forward each; three embeddings; two of the head.
      expect(seen.drawn).toHaveLength(17)
      expect(Math.min(...seen.drawn)).toBeGreaterThan(50)
      expect(seen.rows).toBeGreaterThan(seen.drawn.length)
    } finally {
      await page.close()
    }
  })
})

/** '#171614' as 'rgb(23, 22, 20)' */
function rgb(color: string): string {
  return `rgb(${[1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)).join(', ')})`
}
