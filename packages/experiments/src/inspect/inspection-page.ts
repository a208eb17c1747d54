import { formatBytes, formatCount, formatPercent } from '../quantities.ts'
import { html, type Markup, raw } from '../report/html.ts'
import { style } from '../report/style.ts'
import { histogramSvg } from './histogram-svg.ts'
import type { InspectedTensor, Inspection } from './inspection.ts'
import { decibels, writtenAs } from './inspection-table.ts'

/** Beside those of all pages: text to the left, and bars of any width. */
const rules = `
td:first-child, td:nth-child(2), th:nth-child(2) { text-align: left }
td:first-child { padding-left: 0 }
.tiles { grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)) }
main h3 { overflow-wrap: anywhere }
.histogram { display: block; width: 100%; height: 7.5rem; fill: var(--accent); border-bottom: 1px solid var(--quiet) }
.ends { display: flex; justify-content: space-between; gap: 1rem; max-width: none; font-variant-numeric: tabular-nums }
`

/** An inspection as one HTML document that needs nothing else: the ledger, and a histogram of each matrix. */
export function inspectionPage(title: string, inspection: Inspection): string {
  const { tensors, ledger, gzipBytes, artefact } = inspection
  const matrices = tensors.filter(({ name }) => (artefact.tensors.get(name)?.shape.length ?? 0) >= 2)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(style(1))}${raw(rules)}</style>
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
<section><h2>Weights</h2><p class="lead">How many of each matrix are about a value, as decoded, on a logarithmic scale. Weights that are exactly 0 are counted in the part that holds 0.</p>
<div class="figures">${matrices.map(figure)}</div></section>
<section><h2>Lineage</h2><p class="lead">Parent ${artefact.parent ?? 'not recorded'}</p><pre><code>${steps(artefact.recipe)}</code></pre></section>
</main>
</body>
</html>
`.markup
}

/** A step a line. */
function steps(recipe: string | undefined): string {
  if (recipe === undefined) return 'no recipe'
  const parsed: unknown = JSON.parse(recipe)
  return Array.isArray(parsed) ? parsed.map((step) => JSON.stringify(step)).join('\n') : recipe
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

function figure({ name, size, sparsity, histogram }: InspectedTensor): Markup {
  const { low, high } = histogram
  return html`<figure><h3>${name}</h3>${histogramSvg(histogram, `how often each weight of ${name} occurs`)}
<figcaption class="ends"><span>${low.toPrecision(3)}</span><span>${formatCount(size)} weights, ${formatPercent(sparsity)} are 0</span><span>${high.toPrecision(3)}</span></figcaption></figure>`
}
