import { formatSeconds } from '../quantities.ts'
import { cellOf, figuresOf, lossesOf, type Pair, pairsOf, setupsOf } from './compare.ts'
import { distributionOf } from './measure.ts'
import { profileTable } from './profile-table.ts'
import { type BenchmarkReport, wrongOnes } from './report.ts'
import type { Description, OwnFacts } from './subjects/subject.ts'
import {
  formatDistribution,
  formatRate,
  groupTable,
  markdownTable,
  type Style,
  shareTable,
  stepTable,
  type Table,
} from './table.ts'
import { type Target, type TargetResult, targetsOf } from './targets.ts'

const introduction = (
  first: string,
): string => `Measured by \`npm run bench\`; \`npm run bench -- --out docs\` writes this page and its figures, \`benchmarks.json\`. We are
compared with the libraries that somebody would take instead: \`tlc\` as studies run it, with 256-bit vectors; \`tlc, 128 bits\`,
what \`openBackend('wasm')\` gives unless it is asked for them. Everyone runs in a process of their own. Nothing is timed
before its result was compared with float64; what is wrong is not timed. Figures are medians with their quartiles in
parentheses; \`×1\`, \`×2\` are threads.

A machine whose cores others use, too, is faster at some times than at others. So what is compared is measured by turns:
in each round everybody's sample of a few milliseconds, and ratios are of two samples of a round. A ratio here is the
median of those, not a ratio of medians. **Bold**: faster than ${first} with as many threads.`

const style: Style = { quartiles: true, better: (text) => `**${text}**` }

/** The report as a page: what it comes to, then the tables. */
export function markdownOf(report: BenchmarkReport): string {
  const { groups, steps, subjects } = report
  const sections = [
    '# Benchmarks',
    introduction(setupsOf(report)[0] ?? 'ours'),
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

/** Ours at their best: on all threads, the first setup. */
export function profiledSteps({ steps, subjects }: Pick<BenchmarkReport, 'steps' | 'subjects'>): readonly {
  readonly model: string
  readonly subject: string
  readonly facts: OwnFacts
}[] {
  const [first] = setupsOf({ subjects })
  const best = subjects.filter(({ setup }) => setup === first).toSorted((a, b) => b.spec.threads - a.spec.threads)[0]
  return steps.flatMap(({ model, subject, figures }) =>
    subject === best?.name && figures?.own ? [{ model: model.name, subject, facts: figures.own }] : [],
  )
}

function summarySection(report: BenchmarkReport): string {
  const targets = targetsOf(report)
  const met = `${targets.filter((target) => target.met).length} of ${targets.length} targets are met.`
  const parts = [met, comparisonSection(report), ...unavailableOf(report)]
  return `## In short\n\n${parts.filter((part) => part !== '').join('\n\n')}`
}

/** A row for each of the others: how each of our setups compares with them, over all cells that both computed. */
function comparisonSection(report: BenchmarkReport): string {
  const setups = setupsOf(report)
  const figures = figuresOf(report)
  const pairs = setups.map((setup) => pairsOf(figures, setup))
  const others = report.subjects.filter(({ name }) => pairs.some((own) => own.some(isAgainst(name))))
  if (others.length === 0) return ''
  const rows = others.map(({ name }) => [name, '', ...pairs.map((own) => advantageOf(own.filter(isAgainst(name))))])
  const meaning =
    'Cells in which ours is faster with as many threads; how many times as fast in the middle, at worst and at best:'
  return `${meaning}\n\n${markdownTable([['against', '', ...setups], ...rows])}`
}

const isAgainst =
  (name: string) =>
  ({ theirs }: Pair): boolean =>
    theirs.subject.name === name

/** '40 of 41; 3.10 (0.92–64)' */
function advantageOf(pairs: readonly Pair[]): string {
  const ratios = pairs.map(({ ratio }) => ratio.median)
  if (ratios.length === 0) return ''
  const faster = ratios.filter((ratio) => ratio >= 1).length
  const range = `${formatRate(Math.min(...ratios))}–${formatRate(Math.max(...ratios))}`
  return `${faster} of ${ratios.length}; ${formatRate(distributionOf(ratios).median)} (${range})`
}

function unavailableOf({ subjects }: BenchmarkReport): readonly string[] {
  return subjects.flatMap(({ name, note }) => (note === null ? [] : [`${name} was not measured: ${note}`]))
}

function targetSection(report: BenchmarkReport): string {
  const targets = targetsOf(report)
  if (targets.length === 0) return '## Targets\n\nNone was measured.'
  const setups = setupsOf(report)
  const table: Table = [
    ['what', `worst of ${setups[0]}`, 'reach', ...setups, ''],
    ...targets.map(({ what, unit, reach, results, met }) => [
      what,
      results[0]!.where,
      `${reach} ${unit}`,
      ...results.map((result) => (result ? measuredText(result) : '')),
      met ? 'met' : '**missed**',
    ]),
  ]
  return `## Targets

Each is as good as its worst cell, all measured in this run: here that cell's figure, and how many cells reach the target.
What \`${setups[0]}\` reaches decides.

${markdownTable(table)}`
}

/** '0.95 (0.93–0.97); 11 of 12' */
function measuredText({ worst, reached, count }: TargetResult): string {
  return `${formatDistribution(worst, style)}; ${reached} of ${count}`
}

/** 'matmul 512³: reach 40 GFLOP/s; tlc 35.0 (…), 1 of 2, worst matmul … NN; tlc, 128 bits 30.0 (…), 0 of 2' */
export function describeTarget({ what, unit, reach, results }: Target, setups: readonly string[]): string {
  const measured = results.flatMap((result, place) => (result ? [`${setups[place]}: ${measuredText(result)}`] : []))
  return `${what}: reach ${reach} ${unit}; worst ${results[0]!.where}; ${measured.join('; ')}`
}

function lossSection(report: BenchmarkReport): string {
  const losses = lossesOf(report)
  const wrong = wrongOnes(report)
  const [first] = setupsOf(report)
  const parts = [
    losses.length === 0
      ? `Compared with \`${first}\`, none in this run.`
      : `Compared with \`${first}\`, with as many threads:\n\n${lossTable(losses)}`,
    ...(wrong.length === 0
      ? []
      : [`Wrong, and therefore not timed: ${wrong.map(({ name, subject }) => `${name} (${subject})`).join('; ')}.`]),
  ]
  return `## Where others are faster\n\n${parts.join('\n\n')}`
}

function lossTable(losses: readonly Pair[]): string {
  return markdownTable([
    ['where', 'who', 'theirs', 'ours', 'ours / theirs'],
    ...losses.map(({ ours, theirs, ratio }) => [
      cellOf(theirs),
      theirs.subject.name,
      `${formatRate(theirs.value.median)} ${theirs.unit}`,
      `${formatRate(ours.value.median)} ${ours.unit}`,
      formatDistribution(ratio, style),
    ]),
  ])
}

export function describePair({ ours, theirs, ratio }: Pair): string {
  const [mine, their] = [ours, theirs].map(({ value }) => formatRate(value.median))
  return `${cellOf(ours)}: ours ${mine}, ${theirs.subject.name} ${their} ${theirs.unit} (${formatRate(ratio.median)})`
}

function subjectSection({ environment, duration, subjects }: BenchmarkReport): string {
  const { node, v8, processor, cores, platform, version, commit, startedAt, quick, loadBefore } = environment
  const table: Table = [
    ['subject', 'version', 'kernels', 'threads', 'Node'],
    ...subjects.flatMap(({ name, description }) =>
      description
        ? [[name, description.version, kernelsText(description), String(description.threads), description.node]]
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

/** 'relaxed, 256 bits, tile 4x16' */
export function kernelsText({ build, wide, tile }: Description): string {
  return [build, wide && '256 bits', tile && `tile ${tile}`].filter((part) => part).join(', ')
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
