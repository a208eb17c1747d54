import { formatSeconds } from '../quantities.ts'
import { setupsOf } from './compare.ts'
import { profileTable } from './profile-table.ts'
import type { BenchmarkReport, MeasuredStep } from './report.ts'
import type { Adapter, Description, OwnFacts } from './subjects/subject.ts'
import { groupTable, markdownTable, pageStyle, shareTable, stepTable, type Table } from './table.ts'
import { lossSection, summarySection, targetSection } from './verdict-sections.ts'

const introductions = { host: hostIntroduction, device: deviceIntroduction } as const

/** @param first of our setups: whom others are compared with */
function hostIntroduction(first: string): string {
  return `Measured by \`npm run bench\`; \`npm run bench -- --out docs\` writes this page and its figures, \`benchmarks.json\`. We are
compared with the libraries that somebody would take instead: \`tlc\` as studies run it, with 256-bit vectors, and
\`tlc, 128 bits\`, what \`openBackend('wasm')\` gives unless it is asked for them. Everyone runs in a process of their own.
Nothing is timed before its result was compared with float64; what is wrong is not timed. Figures are medians with their
quartiles in parentheses; \`×1\`, \`×2\` are threads.

A machine whose cores others use, too, is faster at some times than at others. So whatever is compared is measured by
turns: a round is a short sample of each, and a ratio is of two samples of one round. A ratio on this page is the median
over rounds, not a ratio of medians. **Bold**: faster than \`${first}\` with as many threads.`
}

function deviceIntroduction(first: string): string {
  return `Measured by \`npm run bench -- --backend webgpu\`; with \`--out docs\` it writes this page and its figures,
\`benchmarks-webgpu.json\`. Ours, jax-js and TensorFlow.js compute on the same adapter, through the same Dawn, npm's
\`webgpu\` as \`@tlc/tensor/dawn\` opens it, each in a process of its own. Nothing is timed before its result was compared
with float64; what is wrong is not timed. Figures are medians with their quartiles in parentheses.

A device computes later than it is asked. So a sample is as many calls as take 16 ms, one at least, and waiting until all
are computed: ours and TensorFlow.js read a number, jax-js has a call for it. Whatever is compared is measured by turns: a
round is a sample of each, and a ratio on this page is the median over rounds. **Bold**: faster than \`${first}\`.`
}

/** The report as a page: what it comes to, then the tables. */
export function markdownOf(report: BenchmarkReport): string {
  const { environment, groups, steps, subjects } = report
  const sections = [
    environment.adapter ? '# Benchmarks on WebGPU' : '# Benchmarks',
    introductions[environment.adapter ? 'device' : 'host'](setupsOf(report)[0] ?? 'ours'),
    summarySection(report),
    targetSection(report),
    lossSection(report),
    subjectSection(report),
    ...groups.map(
      (group) =>
        `## ${capitalized(group.name)}\n\n${group.title}.\n\n${markdownTable(groupTable(group, subjects, pageStyle))}`,
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

function subjectSection({ environment, duration, subjects }: BenchmarkReport): string {
  const { node, v8, processor, cores, platform, version, commit, startedAt, quick, loadBefore, adapter } = environment
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
${adapterLines(adapter)}- Node ${node} (V8 ${v8}); @tlc/experiments ${version}${commit ? `, commit ${commit}` : ''}
- ${startedAt.slice(0, 10)}, took ${formatSeconds(duration.seconds)}${quick ? '\n- few samples (`--quick`): not to be quoted' : ''}

${markdownTable(table)}

${adapter ? '' : threadsNote}`.trimEnd()
}

const threadsNote = `jax-js and TensorFlow.js use one thread in Node. onnxruntime gets both operands of a product when it runs, as training
would give them; in WebAssembly it copies inputs and results at each call. It has no operators for derivatives.`

/** What shaders can do there that not every adapter can. */
const telling = ['shader-f16', 'subgroups', 'timestamp-query']

function adapterLines(adapter: Adapter | undefined): string {
  if (!adapter) return ''
  const { name, driver, features } = adapter
  const has = telling.filter((feature) => features.includes(feature)).join(', ') || 'nothing of interest'
  return `- adapter ${name}; driver ${driver}; it has ${has}\n`
}

/** 'relaxed, 256 bits, tile 4x16' */
export function kernelsText({ build, wide, tile }: Description): string {
  return [build, wide && '256 bits', tile && `tile ${tile}`].filter((part) => part).join(', ')
}

function stepSection({ environment, steps }: BenchmarkReport): string {
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

${markdownTable(stepTable(steps, pageStyle))}${environment.adapter ? workNote : shareSection(steps)}`
}

const workNote = `

*submits* and *dispatches* are those of one step, counted where Dawn is called. jax-js has no gradient of a look-up: it is
added up on the host, between two halves of its step.`

function shareSection(steps: readonly MeasuredStep[]): string {
  return `

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
