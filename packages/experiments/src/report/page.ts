import { formatCount, formatSeconds } from '../quantities.ts'
import type { StudyResults } from '../results.ts'
import { clientScript } from './client-script.ts'
import type { Figure } from './figure.ts'
import type { Section } from './figures/index.ts'
import { headlines, trainingTime } from './headline.ts'
import { html, type Markup, raw, scriptJson } from './html.ts'
import { cssPalette } from './palette.ts'
import { style } from './style.ts'
import { frontierTable, hypothesisTable, modelTable } from './tables.ts'
import { themed } from './theme.ts'

/** What the page is made of. */
export interface PageParts {
  readonly study: StudyResults
  readonly sections: readonly Section[]
  /** SVG text of each figure, by name: what is seen before, and without, the script */
  readonly drawings: ReadonlyMap<string, string>
  /** source text of the browser libraries, in order */
  readonly libraries: readonly string[]
}

/** The report as one HTML document that needs nothing else: no network, no other file. */
export function page({ study, sections, drawings, libraries }: PageParts): string {
  const figures = sections.flatMap((section) => section.figures)
  const specs = Object.fromEntries(
    figures.map((figure) => [figure.name, themed(figure, cssPalette(study.models.length))]),
  )
  const numbers = new Map(figures.map(({ name }, index) => [name, index + 1]))
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="tlc ${study.environment.version}">
<title>${study.study.name}: ${study.study.preset} study</title>
<style>${raw(style(study.models.length))}</style>
</head>
<body>
${top(study, sections)}
<main>
${section('models', 'Models', 'What was trained, and what a step of it costs.', modelTable(study))}
${sections.map(({ title, lead, figures: own }) => section(anchor(title), title, lead, html`<div class="figures">${own.map((figure) => drawFigure(figure, numbers.get(figure.name) as number, drawings))}</div>${title === 'Compression' ? frontierTable(study) : ''}`))}
${section('hypotheses', 'Hypotheses', 'The paper’s claims as statistics that could have come out otherwise.', hypothesisTable(study))}
${section('repeat', 'How to repeat this', 'The same seed and the same number of steps give the same numbers.', environment(study))}
</main>
<footer>Every figure’s numbers are in <a href="figures/">figures/</a> and all of them in <a href="results.json">results.json</a>. A replication of Li, Wallace, Shen, Lin, Keutzer, Klein and Gonzalez, <cite>Train Large, Then Compress</cite>, ICML 2020.</footer>
<script type="application/json" id="figures">${scriptJson(specs)}</script>
${libraries.map((source) => html`<script>${raw(source)}</script>`)}
<script>${raw(clientScript)}</script>
</body>
</html>
`.markup
}

function top(study: StudyResults, sections: readonly Section[]): Markup {
  const names = ['Models', ...sections.map(({ title }) => title), 'Hypotheses']
  return html`<header>
<p class="kicker"><span>${study.study.preset} study · seed ${study.study.seed}</span><button id="scheme" type="button" hidden></button></p>
<h1>${study.study.name}</h1>
<p class="standfirst">${summary(study)}</p>
<dl class="tiles">${headlines(study).map(({ value, label }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<nav aria-label="Contents">${names.map((name) => html`<a href="#${anchor(name)}">${name}</a>`)}<a href="#repeat">How to repeat this</a></nav>
</header>`
}

function summary({ models, data, task }: StudyResults): string {
  return (
    `${models.length} Transformers of ${formatCount(models[0]?.parameters as number)} to ${formatCount(models.at(-1)?.parameters as number)} parameters were pretrained as masked language models on ` +
    `${formatCount(data.trainingTokens)} tokens (${data.name}) for ${trainingTime({ models })} each, then fine-tuned on one task (${task.name}). ` +
    'Each was then pruned, quantized, and both, to find out whether it is better to train a large model briefly and compress it than to train a small one for longer.'
  )
}

function section(id: string, title: string, lead: string, body: Markup): Markup {
  return html`<section id="${id}"><h2>${title}</h2><p class="lead">${lead}</p>${body}</section>
`
}

function drawFigure(
  { name, title, caption, wide }: Figure,
  number: number,
  drawings: ReadonlyMap<string, string>,
): Markup {
  return html`<figure id="${name}"${raw(wide ? ' class="wide"' : '')}><h3>${title}</h3>
<div class="plot" data-figure="${name}" role="img" aria-label="${title}"><div class="still">${raw(drawings.get(name) ?? '')}</div></div>
<figcaption><b>Figure ${number}.</b> ${caption} <a href="figures/${name}.json">Numbers</a></figcaption></figure>`
}

function environment({ study, environment: machine, data, task }: StudyResults): Markup {
  const facts = [
    [
      'Data',
      `${data.name} ${data.revision}: ${formatCount(data.trainingTokens)} training and ${formatCount(data.validationTokens)} validation tokens, vocabulary ${data.vocabularySize.toLocaleString('en-US')}`,
    ],
    [
      'Task',
      `${task.name}: ${task.classes} classes, ${task.trainingItems.toLocaleString('en-US')} training and ${task.items.toLocaleString('en-US')} evaluation items`,
    ],
    ['Machine', `${machine.processor}, ${machine.cores} cores, ${machine.platform}`],
    [
      'Software',
      `@tlc/experiments ${machine.version} on Node ${machine.node}; backend ${machine.backend}, ${machine.threads} threads`,
    ],
    ['Time', `${formatSeconds(study.seconds)} in all, finished ${study.finishedAt.slice(0, 16).replace('T', ' ')} UTC`],
    ['Seed', String(study.seed)],
  ]
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name as string}</dt><dd>${value as string}</dd></div>`)}</dl><pre><code>${study.command}</code></pre>`
}

function anchor(title: string): string {
  return title.toLowerCase().replaceAll(/\W+/g, '-')
}
