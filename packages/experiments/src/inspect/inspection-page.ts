import type { TopLevelSpec } from 'vega-lite'
import { formatBytes, formatCount, formatPercent } from '../quantities.ts'
import { drawSvg } from '../report/draw-svg.ts'
import { html, type Markup, raw } from '../report/html.ts'
import { cssPalette } from '../report/palette.ts'
import { style } from '../report/style.ts'
import { themed } from '../report/theme.ts'
import type { InspectedTensor, Inspection } from './inspection.ts'
import { decibels, writtenAs } from './inspection-table.ts'

/** An inspection as one HTML document that needs nothing else: the ledger, and a histogram of each matrix. */
export async function inspectionPage(title: string, inspection: Inspection): Promise<string> {
  const { tensors, ledger, gzipBytes, artefact } = inspection
  const matrices = tensors.filter(({ size, histogram }) => size > 1 && histogram.low < histogram.high)
  const figures: Markup[] = []
  for (const tensor of matrices) figures.push(await figure(tensor))
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(style(1))} td:first-child, td:nth-child(2) { text-align: left }</style>
</head>
<body>
<header>
<p class="kicker"><span>Compressed model</span></p>
<h1>${title}</h1>
<dl class="tiles">
${tile('bytes of the file', formatBytes(ledger.fileBytes))}
${tile('after gzip', formatBytes(gzipBytes))}
${tile('bits a weight, header included', ledger.bitsPerWeight.toFixed(2))}
${tile('weights', formatCount(tensors.reduce((sum, { size }) => sum + size, 0)))}
${Object.entries(artefact.metrics ?? {}).map(([name, value]) => tile(name, value.toPrecision(4)))}
</dl>
</header>
<main>
<section><h2>Ledger</h2><p class="lead">What every byte is for: ${ledger.tensorBytes} of tensors, ${ledger.headerLength + ledger.header} of header and ${ledger.headerPadding} of padding are the ${ledger.fileBytes} of the file.</p>
<div class="scroll">${table(tensors)}</div></section>
<section><h2>Weights</h2><p class="lead">How often they have each value, as decoded.</p>
<div class="figures">${figures}</div></section>
<section><h2>Lineage</h2><p class="lead">Parent ${artefact.parent ?? 'not recorded'}</p><pre><code>${artefact.recipe ?? 'no recipe'}</code></pre></section>
</main>
</body>
</html>
`.markup
}

function tile(name: string, value: string): Markup {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

function table(tensors: readonly InspectedTensor[]): Markup {
  return html`<table><thead><tr><th>tensor</th><th>written as</th><th>weights</th><th>zeros</th><th>bytes</th><th>bits/weight</th><th>error, dB</th></tr></thead>
<tbody>${tensors.map(
    (tensor) =>
      html`<tr><td>${tensor.name}</td><td>${writtenAs(tensor)}</td><td>${tensor.size}</td><td>${formatPercent(tensor.sparsity)}</td><td>${tensor.bytes}</td><td>${((8 * tensor.bytes) / Math.max(tensor.size, 1)).toFixed(2)}</td><td>${decibels(tensor)}</td></tr>`,
  )}</tbody></table>`
}

async function figure({ name, histogram }: InspectedTensor): Promise<Markup> {
  const { low, high, counts } = histogram
  const width = (high - low) / counts.length
  const spec = {
    height: 120,
    data: {
      values: counts.map((count, part) => ({ count, from: low + part * width, to: low + (part + 1) * width })),
    },
    mark: { type: 'bar', binSpacing: 0 },
    encoding: {
      x: { field: 'from', type: 'quantitative', bin: { binned: true, step: width }, title: 'weight' },
      x2: { field: 'to' },
      y: { field: 'count', type: 'quantitative', scale: { type: 'symlog' }, title: 'weights (log)' },
    },
  }
  const drawn = await drawSvg(themed({ name, spec } as never, cssPalette(1)) as TopLevelSpec, 440)
  return html`<figure><h3>${name}</h3>${raw(drawn)}</figure>`
}
