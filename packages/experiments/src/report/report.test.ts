import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { syntheticStudy } from '../../test/synthetic-study.ts'
import { judge } from '../hypotheses/index.ts'
import type { StudyResults } from '../results.ts'
import { drawSvg } from './draw-svg.ts'
import { rowsOf } from './figure.ts'
import { drawSections } from './figures/index.ts'
import { headlines } from './headline.ts'
import { html, raw, scriptJson } from './html.ts'
import { palette } from './palette.ts'
import { writeReport } from './write-report.ts'

const hostile = `Large & "small" <script>alert('x')</script>`
let directory: string
let study: StudyResults
let page: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-report-'))
  const measured = syntheticStudy({
    items: 300,
    shapes: [
      [1, 32],
      [2, 32],
      [2, 64],
      [4, 64],
    ],
  })
  study = judge({ ...measured, study: { ...measured.study, name: hostile } })
  page = await readFile(await writeReport(study, directory), 'utf8')
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** The page without what its scripts hold. */
const markup = () => page.replaceAll(/(<script[^>]*>)[\s\S]*?(<\/script>)/g, '$1$2')

test('the page needs no other file and no network', () => {
  const elsewhere = markup().match(/\ssrc=|<link|@import|url\((?!#)|<iframe|<img|href="https?:/)
  expect(elsewhere?.[0]).toBeUndefined()
  expect(page.includes('sourceMappingURL')).toBe(false)
  expect(page.match(/Redistribution and use in source and binary forms/g)?.length).toBe(3) // their licences come along
  expect(page.match(/<script/g)?.length).toBeGreaterThanOrEqual(5) // figures, three libraries, the page's own
  expect(page.length).toBeLessThan(3e6)
})

test('what comes from the results is escaped', () => {
  expect(markup().includes('Large &amp; &quot;small&quot; &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;')).toBe(true)
  expect(page.includes("alert('x')")).toBe(false)
})

test('every id is unique and every link in the page leads somewhere', () => {
  const ids = [...markup().matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [, target] of markup().matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target)
})

test('each figure is in the page, drawn, and beside it as specification, drawing and rows', async () => {
  const figures = drawSections(study).flatMap((section) => section.figures)
  expect(figures.map(({ name }) => name)).toEqual([
    'loss-by-steps',
    'loss-by-seconds',
    'loss-by-operations',
    'accuracy-by-memory-pruning',
    'accuracy-by-memory-quantization',
    'accuracy-by-memory',
    'drop-by-size-pruning',
    'drop-by-size-quantization',
    'error-by-module-quantization',
    'error-by-module-quantization-relative',
    'error-by-module-pruning',
    'error-by-module-pruning-relative',
  ])
  expect((await readdir(join(directory, 'figures'))).length).toBe(3 * figures.length)
  for (const figure of figures) {
    const path = join(directory, 'figures', figure.name)
    expect(markup().includes(`data-figure="${figure.name}"`), figure.name).toBe(true)
    expect(JSON.parse(await readFile(`${path}.json`, 'utf8'))).toEqual(JSON.parse(JSON.stringify(rowsOf(figure))))
    expect(JSON.parse(await readFile(`${path}.vl.json`, 'utf8'))).toMatchObject({
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      data: { values: { length: rowsOf(figure).length } },
    })
    const svg = await readFile(`${path}.svg`, 'utf8')
    expect(/^<svg[^>]* width="\d+/.test(svg), figure.name).toBe(true)
    expect(svg.match(/NaN|undefined|var\(--/)?.[0], figure.name).toBeUndefined()
  }
})

test('the figures draw what was measured', () => {
  const figure = (name: string) =>
    drawSections(study)
      .flatMap((section) => section.figures)
      .find((one) => one.name === name)!
  const quantized = rowsOf(figure('accuracy-by-memory-quantization')) as {
    model: string
    bits: number
    accuracy: number
  }[]
  for (const row of quantized) {
    expect(study.compression).toContainEqual(
      expect.objectContaining({ model: row.model, bits: row.bits, sparsity: 0, accuracy: row.accuracy }),
    )
  }
  const drops = rowsOf(figure('drop-by-size-pruning')) as { model: string; label: string; drop: number }[]
  const accuracy = (model: string, sparsity: number) =>
    study.compression.find((point) => point.model === model && point.bits === 32 && point.sparsity === sparsity)!
      .accuracy
  for (const { model, label, drop } of drops) {
    expect(drop).toBeCloseTo(100 * (accuracy(model, 0) - accuracy(model, Number.parseInt(label, 10) / 100)), 9)
  }
})

test('every hypothesis is listed with its verdict', () => {
  for (const { id, verdict, sentence } of study.hypotheses) {
    for (const part of [`<span class="id">${id}</span>`, html`${sentence}`.markup, `class="verdict ${verdict}"`])
      expect(markup().includes(part), part).toBe(true)
  }
})

test('the headline counts the verdicts and names a compression that is surely almost free', () => {
  const [, , compression, verdicts] = headlines({
    ...syntheticStudy({ items: 1000 }),
    hypotheses: study.hypotheses,
  })
  expect(compression?.value).toMatch(/^\d+\.\d× smaller$/)
  const [, upper] = /interval .* to (.*)\)/.exec(compression?.label ?? '') ?? []
  expect(Number(upper)).toBeLessThanOrEqual(2)
  const supported = study.hypotheses.filter(({ verdict }) => verdict === 'supported').length
  expect(verdicts?.value).toBe(`${supported} of ${study.hypotheses.length}`)
})

test('a study without compression gets a report without those figures', async () => {
  const part = judge({ ...syntheticStudy({ items: 50 }), compression: [], errors: [] })
  expect(drawSections(part).map(({ title }) => title)).toEqual(['Training'])
  expect(await writeReport(part, join(directory, 'part'))).toBe(join(directory, 'part', 'report.html'))
})

test('a specification that Vega-Lite does not understand is an error, not an empty drawing', async () => {
  await expect(
    drawSvg(
      {
        data: { values: [{ a: 1 }] },
        mark: 'point',
        encoding: { x: { field: 'a', type: 'quantitative', scale: { type: 'band' } } },
      },
      100,
    ),
  ).rejects.toThrow('drawing a figure')
})

test('markup goes in as it is, everything else escaped, lists joined', () => {
  expect(html`<p>${'<b>'}${raw('<b>')}${[1, html`<i>${'&'}</i>`]}</p>`.markup).toBe('<p>&lt;b&gt;<b>1<i>&amp;</i></p>')
  expect(scriptJson({ text: '</script><!--' }).markup).toBe('{"text":"\\u003c/script>\\u003c!--"}')
})

/** Contrast of two colours, from 1 to 21. WCAG 2.2, relative luminance and contrast ratio. */
function contrast(first: string, second: string): number {
  const [bright, dim] = [luminance(first), luminance(second)].sort((a, b) => b - a) as [number, number]
  return (bright + 0.05) / (dim + 0.05)
}

function luminance(colour: string): number {
  const linear = [1, 3, 5].map((start) => {
    const value = Number.parseInt(colour.slice(start, start + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

for (const scheme of ['light', 'dark'] as const) {
  test(`${scheme} colours can be read: text at 4.5, marks at 3 (WCAG AA), sizes in order of lightness`, () => {
    for (const models of [1, 2, 4, 5, 9]) {
      const { paper, panel, ink, quiet, accent, supported, refuted, inconclusive, levels, sizes } = palette(
        scheme,
        models,
      )
      for (const text of [ink, quiet, accent, supported, refuted, inconclusive])
        expect(contrast(text, paper), text).toBeGreaterThanOrEqual(4.5)
      expect(contrast(ink, panel)).toBeGreaterThanOrEqual(4.5)
      for (const mark of sizes) expect(contrast(mark, paper), mark).toBeGreaterThanOrEqual(3)
      for (const mark of levels) expect(contrast(mark, paper), mark).toBeGreaterThanOrEqual(3)
      const lightness = sizes.map(luminance)
      expect(lightness).toEqual(lightness.toSorted((a, b) => b - a))
    }
  })
}
