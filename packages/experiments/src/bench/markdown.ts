import type { Duration } from './environment.ts'
import { type BenchmarkReport, failuresOf, type Target, targetsOf } from './report.ts'
import { formatRate, groupTable, markdownTable, profileTable, stepTable } from './table.ts'

const introduction = `Measured by \`npm run bench\`; this page is written by \`npx tlc bench --markdown docs/benchmarks.md\`. Figures are
medians with their quartiles in parentheses, targets in brackets. Nothing is timed before its result was compared with
float64: the columns *error* and *allowed* tell how far off it was, and could have been.`

/** The report as a page. */
export function markdownOf(report: BenchmarkReport): string {
  const { groups, steps } = report
  const sections = [
    '# Benchmarks',
    introduction,
    environmentSection(report),
    targetSection(report),
    ...groups.map((group) => `## ${capitalized(group.name)}\n\n${group.title}.\n\n${markdownTable(groupTable(group))}`),
    ...(steps.length > 0 ? [stepSection(report)] : []),
    ...steps.flatMap(({ model, figures }) =>
      figures ? [`### Kernels in a step of ${model.name}\n\n${markdownTable(profileTable(figures))}`] : [],
    ),
  ]
  return `${sections.join('\n\n')}\n`
}

function environmentSection({ environment, duration }: BenchmarkReport): string {
  const { backend, build, threads, node, v8, processor, cores, platform, version, commit, startedAt, quick } =
    environment
  return `## Where and when

- ${backend}${build ? `, build \`${build}\`` : ''}, ${threads} thread${threads === 1 ? '' : 's'}
- Node ${node} (V8 ${v8}), ${platform}
- ${processor}, ${cores} cores; load before: ${environment.loadBefore.toFixed(2)}
- ${describeDuration(duration)}
- @tlc/experiments ${version}${commit ? `, commit ${commit}` : ''}, ${startedAt.slice(0, 10)}${quick ? '\n- few samples (`--quick`): not to be quoted' : ''}`
}

/** Says how much of the time the process had a core: what it lacks, other processes had. */
export function describeDuration({ seconds, processorSeconds }: Duration): string {
  return `took ${Math.round(seconds)} s, of which ${Math.round(processorSeconds)} s were spent computing`
}

function targetSection(report: BenchmarkReport): string {
  const targets = targetsOf(report)
  const missed = targets.filter(({ met }) => !met)
  const failures = failuresOf(report)
  return [
    '## Targets',
    targets.length === 0
      ? 'None was measured.'
      : `${targets.length - missed.length} of ${targets.length} met.${missed.length > 0 ? ' Missed:' : ''}`,
    ...(missed.length > 0 ? [missed.map((target) => `- ${describeTarget(target)}`).join('\n')] : []),
    ...(failures.length > 0 ? [`Wrong, and therefore not timed: ${failures.join('; ')}.`] : []),
  ].join('\n\n')
}

export function describeTarget({ what, wanted, measured, unit }: Target): string {
  const figure = Number.isNaN(measured) ? 'not timed' : `${formatRate(measured)} ${unit}`
  return `${what}: ${figure}, wanted ${wanted} ${unit}`
}

function stepSection({ steps }: BenchmarkReport): string {
  const sizes = steps.map(({ model: { name, sizes, batch, dropout } }) => {
    const { layers, hiddenSize, heads, feedForwardSize, vocabularySize, maxLength } = sizes
    return `- ${name}: layers ${layers}, hidden ${hiddenSize}, heads ${heads}, feed-forward ${feedForwardSize}, vocabulary ${vocabularySize}, length ${maxLength}, batch ${batch}${dropout > 0 ? `, dropout ${dropout} (attention weights, too)` : ''}`
  })
  return `## Training steps

Masked language models: forward, backward, clipping, the AdamW update and reading the loss. Operations are counted as
6 (N - E) T + 6 V H M + 12 L S² H B. *Products* is the share of time in \`matmul\` and \`linear\`; *attention*, which
has products of its own, is apart; *outside* is JavaScript between kernels. *16 bytes each*: weight, gradient and two
moments of every parameter, without which no step can be done, beside the most memory that was in use at once.

${sizes.join('\n')}

${markdownTable(stepTable(steps))}`
}

function capitalized(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1)
}
