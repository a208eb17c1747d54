import type { BenchmarkEnvironment } from './environment.ts'
import { describeDuration, describeTarget } from './markdown.ts'
import { type BenchmarkReport, failuresOf, type MeasuredGroup, type MeasuredStep, targetsOf } from './report.ts'
import { alignedText, groupTable, profileTable, stepTable } from './table.ts'

/** Above this, other processes took time that was measured. */
const quietLoad = 0.5

export function environmentText(environment: BenchmarkEnvironment): string {
  const { backend, build, threads, node, processor, cores, commit, loadBefore, quick } = environment
  const lines = [
    `${backend}${build ? ` ${build}` : ''}, ${threads} thread${threads === 1 ? '' : 's'} · Node ${node} · ${processor}, ${cores} cores${commit ? ` · commit ${commit}` : ''}`,
    'medians (quartiles) [targets]; error: how far from float64 the result is, allowed: how far it may be',
  ]
  if (loadBefore > quietLoad)
    lines.push(`The machine is busy (load ${loadBefore.toFixed(1)}): figures will be too low.`)
  if (quick) lines.push('Few samples of small cases: not to be quoted.')
  return lines.join('\n')
}

export function groupText(group: MeasuredGroup): string {
  return `\n${group.title}\n${alignedText(groupTable(group))}`
}

export function stepsText(steps: readonly MeasuredStep[]): string {
  if (steps.length === 0) return ''
  const profiles = steps.flatMap(({ model, figures }) =>
    figures ? [`\nKernels in a step of ${model.name}\n${alignedText(profileTable(figures))}`] : [],
  )
  return [`\nTraining steps\n${alignedText(stepTable(steps))}`, ...profiles].join('\n')
}

/** What the run comes to. */
export function conclusionText(report: BenchmarkReport): string {
  const targets = targetsOf(report)
  const missed = targets.filter(({ met }) => !met)
  return [
    `\n${describeDuration(report.duration)}`,
    ...(targets.length > 0 ? [`${targets.length - missed.length} of ${targets.length} targets met`] : []),
    ...missed.map((target) => `missed: ${describeTarget(target)}`),
    ...failuresOf(report).map((name) => `WRONG, not timed: ${name}`),
  ].join('\n')
}
