import { formatSeconds } from '../quantities.ts'
import { cellOf, isHome, lossesOf, type Pair, pairsOf } from './compare.ts'
import { profileTable } from './profile-table.ts'
import { type BenchmarkReport, type MeasuredSubject, wrongOnes } from './report.ts'
import type { OwnFacts } from './subjects/subject.ts'
import { formatRate, groupTable, markdownTable, type Style, shareTable, stepTable, type Table } from './table.ts'
import { type Target, targetsOf } from './targets.ts'

const introduction = `Measured by \`npm run bench\`; \`npm run bench -- --out docs\` writes this page and its figures, \`benchmarks.json\`. We are
compared with the libraries that somebody would take instead. Everyone runs in a process of their own and is asked by
turns, so that whatever else the machine does meets all alike. Nothing is timed before its result was compared with
float64; what is wrong is not timed. Figures are medians with their quartiles in parentheses; \`×1\`, \`×2\` are threads.
**Bold**: faster than ours with as many threads.`

const style: Style = { quartiles: true, better: (text) => `**${text}**` }

/** The report as a page: what it comes to, then the tables. */
export function markdownOf(report: BenchmarkReport): string {
  const { groups, steps, subjects } = report
  const sections = [
    '# Benchmarks',
    introduction,
    summarySection(report),
    targetSection(report),
    lossSection(report),
    subjectSection(report),
    ...groups.map(
      (group) =>
        `## ${capitalized(group.name)}\n\n${group.title}.\n\n${markdownTable(groupTable(group, subjects, style))}`,
    ),
    ...(steps.length > 0 ? [stepSection(report)] : []),
    ...profiledSteps(report).map(
      ({ model, subject, facts }) =>
        `### Kernels in a step of ${model}, ${subject}\n\n${markdownTable(profileTable(facts))}`,
    ),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

/** Ours at their best: on all threads, on the runtime of the run. */
export function profiledSteps({ steps, subjects }: Pick<BenchmarkReport, 'steps' | 'subjects'>): readonly {
  readonly model: string
  readonly subject: string
  readonly facts: OwnFacts
}[] {
  const homes = subjects.filter((subject) => subject.description && isHome(subject, subject.spec.threads))
  const best = homes.toSorted((a, b) => b.spec.threads - a.spec.threads)[0]
  return steps.flatMap(({ model, subject, figures }) =>
    subject === best?.name && figures?.own ? [{ model: model.name, subject, facts: figures.own }] : [],
  )
}

function summarySection(report: BenchmarkReport): string {
  const targets = targetsOf(report)
  const lines = [
    `${targets.filter(({ met }) => met).length} of ${targets.length} targets are met.`,
    ...report.subjects.flatMap((subject) => comparisonOf(report, subject)),
    ...unavailableOf(report),
  ]
  return `## In short\n\n${lines.map((line) => `- ${line}`).join('\n')}`
}

/** 'against jax-js ×1: faster in 40 of 41 cells, by 3.1 times in the middle' */
function comparisonOf(report: BenchmarkReport, { name }: MeasuredSubject): readonly string[] {
  const ratios = pairsOf(report)
    .filter(({ theirs }) => theirs.subject.name === name)
    .map(({ ratio }) => ratio)
    .toSorted((a, b) => a - b)
  if (ratios.length === 0) return []
  const faster = ratios.filter((ratio) => ratio >= 1).length
  const range = `from ${formatRate(ratios[0]!)} to ${formatRate(ratios.at(-1)!)} times as fast`
  const middle = formatRate(ratios[Math.floor(ratios.length / 2)]!)
  return [`Against ${name}: faster in ${faster} of ${ratios.length} cells; ${range}, ${middle} in the middle.`]
}

function unavailableOf({ subjects }: BenchmarkReport): readonly string[] {
  return subjects.flatMap(({ name, note }) => (note === null ? [] : [`${name} was not measured: ${note}`]))
}

function targetSection(report: BenchmarkReport): string {
  const targets = targetsOf(report)
  if (targets.length === 0) return '## Targets\n\nNone was measured.'
  const table: Table = [
    ['what', 'worst', 'reach', 'measured', 'cells', ''],
    ...targets.map(({ what, where, unit, reach, worst, reached, count, met }) => [
      what,
      where,
      `${reach} ${unit}`,
      `${formatRate(worst)} ${unit}`,
      `${reached} of ${count}`,
      met ? 'met' : '**missed**',
    ]),
  ]
  return `## Targets\n\nEach is as good as its worst cell, all measured in this run.\n\n${markdownTable(table)}`
}

/** 'matmul … NN worst: 35 GFLOP/s, reach 40 GFLOP/s' */
export function describeTarget({ what, unit, reach, worst, where, reached, count }: Target): string {
  return `${what}: reach ${reach} ${unit}; worst ${formatRate(worst)} ${unit} (${where}); ${reached} of ${count}`
}

function lossSection(report: BenchmarkReport): string {
  const losses = lossesOf(report)
  const wrong = wrongOnes(report)
  const parts = [
    losses.length === 0
      ? 'None in this run.'
      : markdownTable([
          ['where', 'who', 'theirs', 'ours', 'ours / theirs'],
          ...losses.map(({ ours, theirs, ratio }) => [
            cellOf(theirs),
            theirs.subject.name,
            `${formatRate(theirs.median)} ${theirs.unit}`,
            `${formatRate(ours.median)} ${ours.unit}`,
            ratio.toFixed(2),
          ]),
        ]),
    ...(wrong.length === 0
      ? []
      : [`Wrong, and therefore not timed: ${wrong.map(({ name, subject }) => `${name} (${subject})`).join('; ')}.`]),
  ]
  return `## Where others are faster\n\n${parts.join('\n\n')}`
}

export function describePair({ ours, theirs, ratio }: Pair): string {
  return `${cellOf(ours)}: ours ${formatRate(ours.median)}, ${theirs.subject.name} ${formatRate(theirs.median)} ${theirs.unit} (${ratio.toFixed(2)})`
}

function subjectSection({ environment, duration, subjects }: BenchmarkReport): string {
  const { node, v8, processor, cores, platform, version, commit, startedAt, quick, loadBefore } = environment
  const table: Table = [
    ['subject', 'version', 'kernels', 'threads', 'Node'],
    ...subjects.flatMap(({ name, description }) =>
      description
        ? [[name, description.version, description.build ?? '', String(description.threads), description.node]]
        : [],
    ),
  ]
  return `## Where, when and who

- ${processor}, ${cores} cores, ${platform}; load before: ${loadBefore.toFixed(2)}, after: ${duration.loadAfter.toFixed(2)}
- Node ${node} (V8 ${v8}); @tlc/experiments ${version}${commit ? `, commit ${commit}` : ''}
- ${startedAt.slice(0, 10)}, took ${formatSeconds(duration.seconds)}${quick ? '\n- few samples (`--quick`): not to be quoted' : ''}

${markdownTable(table)}

jax-js and TensorFlow.js use one thread in Node. onnxruntime gets both operands of a product when it runs, as training
would give them; in WebAssembly it copies inputs and results at each call. It has no operators for derivatives.`
}

function stepSection({ steps }: BenchmarkReport): string {
  const models = [...new Map(steps.map(({ model }) => [model.name, model])).values()]
  const sizes = models.map(({ name, sizes, batch, dropout }) => {
    const { layers, hiddenSize, heads, feedForwardSize, vocabularySize, maxLength } = sizes
    return `- ${name}: layers ${layers}, hidden ${hiddenSize}, heads ${heads}, feed-forward ${feedForwardSize}, vocabulary ${vocabularySize}, length ${maxLength}, batch ${batch}${dropout > 0 ? `, dropout ${dropout} (attention weights, too)` : ''}`
  })
  return `## Training steps

Masked language models: forward, backward, clipping, the AdamW update and reading the loss, from the same weights on the
same batch. Operations are counted as 6 (N - E) T + 6 V H M + 12 L S² H B. *error*: of ours, loss and gradients of a few
tokens against float64; of others, the losses of the first steps against ours. *process*: the most memory of the whole
process. The others have derivatives of their own where theirs are slow or missing.

${sizes.join('\n')}

${markdownTable(stepTable(steps, style))}

*products*: time in \`matmul\` and \`linear\`; *attention*, which has products of its own, is apart; *outside* is JavaScript
between kernels. *peak*: the most bytes of tensors alive at once; *needed*: 16 for each parameter, and the activations that
backward reads. Gradients come while activations go, so a step can stay a little below.

${markdownTable(shareTable(steps))}

In the tables of kernels, *of peak* is the share of the best rate that a product of 512³ or a copy of 8 MB reached in the
same process, whichever the kernel is nearer to.`
}

function capitalized(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1)
}
