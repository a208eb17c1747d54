import { formatSeconds } from '../quantities.ts'
import { lossesOf, setupsOf } from './compare.ts'
import { kernelsText, profiledSteps } from './markdown.ts'
import { profileTable } from './profile-table.ts'
import { type BenchmarkReport, failuresOf, type MeasuredGroup, type MeasuredSubject, wrongOnes } from './report.ts'
import { alignedText, groupTable, type Style, shareTable, stepTable } from './table.ts'
import { targetsOf } from './targets.ts'
import { describePair, describeTarget } from './verdict-sections.ts'

/** Above this, other processes took time that was measured. */
const quietLoad = 0.5
const style: Style = { quartiles: false, better: (text) => `${text} *` }

export function environmentText({ environment, subjects }: Pick<BenchmarkReport, 'environment' | 'subjects'>): string {
  const { node, processor, cores, commit, loadBefore, quick, adapter } = environment
  const lines = [
    `Node ${node} · ${processor}, ${cores} cores${commit ? ` · commit ${commit}` : ''}`,
    ...(adapter ? [`${adapter.name}; ${adapter.driver}`] : []),
    ...subjects.map(({ name, description, note }) =>
      description
        ? `  ${[`${name}: ${description.version}`, kernelsText(description)].filter((part) => part !== '').join(', ')}`
        : `  ${name}: not measured: ${note}`,
    ),
    'medians; *: better than our first with as many threads; error: how far from float64 the worst result is, allowed: how far it may be',
  ]
  if (loadBefore > quietLoad)
    lines.push(`The machine is busy (load ${loadBefore.toFixed(1)}): figures will be too low.`)
  if (quick) lines.push('Few samples of small cases: not to be quoted.')
  return lines.join('\n')
}

export function groupText(group: MeasuredGroup, subjects: readonly MeasuredSubject[]): string {
  return `\n${group.title}\n${alignedText(groupTable(group, subjects, style))}`
}

export function stepsText(report: Pick<BenchmarkReport, 'steps' | 'subjects'>): string {
  if (report.steps.length === 0) return ''
  const profiles = profiledSteps(report).map(
    ({ model, subject, facts }) => `\nKernels in a step of ${model}, ${subject}\n${alignedText(profileTable(facts))}`,
  )
  const speed = `\nTraining steps\n${alignedText(stepTable(report.steps, style))}`
  const shares = report.steps.some(({ figures }) => figures?.own) ? [`\n${alignedText(shareTable(report.steps))}`] : []
  return [speed, ...shares, ...profiles].join('\n')
}

/** What the run comes to. */
export function conclusionText(report: BenchmarkReport): string {
  const targets = targetsOf(report)
  const missed = targets.filter(({ met }) => !met)
  const failures = failuresOf(report)
  const setups = setupsOf(report)
  return [
    `\ntook ${formatSeconds(report.duration.seconds)}`,
    ...(targets.length > 0 ? [`${targets.length - missed.length} of ${targets.length} targets met`] : []),
    ...targets.map((target) => `${target.met ? 'met   ' : 'MISSED'} ${describeTarget(target, setups)}`),
    ...lossesOf(report).map((pair) => `slower: ${describePair(pair)}`),
    ...wrongOnes(report).map(({ name, subject }) => `WRONG, not timed: ${name} (${subject})`),
    ...failures.map((name) => `FAILED: ${name}`),
  ].join('\n')
}
