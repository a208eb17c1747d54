/** The page for GPUs, on the adapter that Chromium has in tests. */
import { chromium as playwright } from 'playwright'
import { expect, test } from 'vitest'
import type { GpuReport } from '../packages/experiments/pages/gpu/report.ts'
import { chromium, chromiumProblem } from './chromium.ts'
import { gpuPage } from './gpu-page.ts'
import { serve } from './serve.ts'

test.skipIf(await chromiumProblem())(
  'the page checks, trains, multiplies and offers what it found',
  async () => {
    await using site = await serve(await gpuPage(), true)
    const browser = await playwright.launch(chromium)
    try {
      const page = await browser.newPage()
      await page.goto(`${site.address}?cases=^(softmax|gather|storage) &steps=2&products=^.64`)
      const status = page.getByRole('status')
      await expect.poll(() => status.textContent(), { timeout: 100_000 }).toMatch(/^Done$|fail|Error/)
      expect(await status.textContent()).toBe('Done')
      const json = await page.getByRole('link', { name: 'JSON' }).evaluate(async ({ href }: HTMLAnchorElement) => {
        return (await fetch(href)).text()
      })
      const { adapter, cases, training, products, problem } = JSON.parse(json) as GpuReport
      expect(problem).toBeUndefined()
      expect(adapter).not.toBe('')
      expect(cases!.failures).toEqual([])
      expect(cases!.passed).toBeGreaterThan(10)
      // Both round every operation.
      expect(training!.largestDifference).toBeLessThan(1e-4)
      expect(training!.losses).toHaveLength(2)
      expect(products!.every(({ gflops }) => gflops > 0)).toBe(true)
      expect(await page.getByRole('row').count()).toBe(1 + new Set(products!.map(({ sizes }) => sizes)).size)
    } finally {
      await browser.close()
    }
  },
  120_000,
)
