import { formatBytes, formatCount, formatNumber, formatPercent, formatSeconds } from '../quantities.ts'
import type { StudyResults, Verdict } from '../results.ts'
import { proportionInterval } from '../statistics/proportion.ts'
import { compressionRows } from './compression-rows.ts'
import { bestByBudget, frontierRows } from './figures/accuracy-by-memory.ts'
import { html, type Markup } from './html.ts'

type Cell = string | number | Markup

/** A table that scrolls sideways where the page is narrow; its caption stays. */
function titled(name: string, caption: string, table: Markup): Markup {
  const id = name.toLowerCase().replace(' ', '-')
  return html`<p class="caption" id="${id}"><b>${name}.</b> ${caption}</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}">${table}</div>`
}

/** A table whose first column names the row and whose other columns are numbers. */
function table(name: string, caption: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  return titled(
    name,
    caption,
    html`<table>
<thead><tr>${head.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name as Cell}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`,
  )
}

/** The models: their sizes, what a step costs, what they came to. */
export function modelTable(study: StudyResults): Markup {
  const head = [
    'Model',
    'Layers',
    'Hidden',
    'Heads',
    'Parameters',
    'without embeddings',
    'Bytes',
    'Step time',
    'FLOP per step',
    'Steps',
    'Tokens',
    'Validation loss',
    'Accuracy',
  ]
  const rows = study.models.map((model) => {
    const last = study.curves
      .filter((point) => point.model === model.name)
      .sort((a, b) => a.step - b.step)
      .at(-1)
    const tuned = study.fineTuning.find((row) => row.model === model.name)
    return [
      swatch(study, model.name),
      model.layers,
      model.hiddenSize,
      model.heads,
      formatCount(model.parameters),
      formatCount(model.parametersWithoutEmbeddings),
      formatBytes(model.bytes),
      formatSeconds(model.stepSeconds),
      formatCount(model.operationsPerStep),
      model.steps.toLocaleString('en-US'),
      formatCount(model.steps * model.tokensPerStep),
      last ? formatNumber(last.validationLoss, 3) : '–',
      tuned ? withInterval(tuned.accuracy, study.task.items) : '–',
    ]
  })
  return table('Table 1', 'The models, by size. Accuracy after fine-tuning, with its 95% interval.', head, rows)
}

/** The Pareto frontier in numbers. */
export function frontierTable(study: StudyResults): Markup {
  const rows = bestByBudget(frontierRows(compressionRows(study))).map((row) => [
    swatch(study, row.model),
    row.label,
    formatBytes(row.bytes),
    `${formatNumber(row.compression, 1)}×`,
    formatCount(row.nonzeros),
    row.retrainingSteps.toLocaleString('en-US'),
    withInterval(row.accuracy, study.task.items),
  ])
  const head = ['Model', 'Compression', 'Memory', 'Times smaller', 'Nonzeros', 'Retraining steps', 'Accuracy']
  return table(
    'Table 2',
    'The frontier in numbers, at twelve memory budgets: no other artefact of the study is both smaller and at least as accurate.',
    head,
    rows,
  )
}

/** Every hypothesis with its statistic, interval and verdict. */
export function hypothesisTable({ hypotheses }: StudyResults): Markup {
  const caption =
    'What the study says about the paper’s claims. The 95% intervals cover the choice of evaluation text and items, or of models, for this one training seed; ' +
    'what the data cannot decide stays inconclusive.'
  return titled(
    'Table 3',
    caption,
    html`<table class="hypotheses">
<thead><tr><th scope="col">Hypothesis</th><th scope="col">Statistic</th><th scope="col">Value</th><th scope="col">Verdict</th></tr></thead>
<tbody>${hypotheses.map(hypothesisRow)}</tbody></table>`,
  )
}

const marks: { readonly [V in Verdict['verdict']]: string } = { supported: '✓', refuted: '✗', inconclusive: '?' }

function hypothesisRow(test: Verdict): Markup {
  const value = test.interval
    ? html`<span class="value">${significant(test.value)}</span> <span class="interval">${significant(test.interval.low)} to ${significant(test.interval.high)}</span>`
    : html`–`
  return html`<tr><th scope="row"><span class="id">${test.id}</span> ${test.claim}<p>${test.sentence}</p></th><td>${test.statistic}</td><td class="number">${value}</td>
<td><span class="verdict ${test.verdict}"><span aria-hidden="true">${marks[test.verdict]}</span> ${test.verdict}</span></td></tr>`
}

function swatch({ models }: StudyResults, name: string): Markup {
  const size = models.findIndex((model) => model.name === name)
  return html`<i class="swatch" style="background: var(--size-${size})"></i>${name}`
}

function withInterval(accuracy: number, items: number): Markup {
  const { low, high } = proportionInterval(Math.round(accuracy * items), items)
  return html`${formatPercent(accuracy)} <span class="interval">${formatNumber(low * 100, 1)}–${formatNumber(high * 100, 1)}</span>`
}

/** Three significant digits, whatever the size. */
function significant(value: number): string {
  const digits = value === 0 ? 2 : Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(Math.abs(value)))))
  return formatNumber(value, digits)
}
