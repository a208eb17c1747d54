import { cellOf, type Figure, isHome, pairsOf } from './compare.ts'
import type { Entry, FiguresOfRun as Run } from './figures-of-run.ts'
import { neededBytes } from './needed-memory.ts'
import { sharesOf } from './report.ts'

/** How a target is read from a run. */
export interface Rule {
  readonly what: string
  readonly unit: string
  readonly reach: number
  /** the most that is good enough, rather than the least */
  readonly most?: true
  readonly entries: (run: Run) => readonly Entry[]
}

const cube = (size: number): string => `[${size}, ${size}] · [${size}, ${size}]`
const isCube = ({ row }: Figure): boolean => /^\[(\d+), \1\] · \[\1, \1\]$/.test(row)
const large = ['256', '512', '513', '1024'].map((size) => cube(Number(size)))
/** Rows of large tensors that compute nothing. */
const moving = /^(permute|pad|concat|expand)/
const scripted = ['jax-js', 'tfjs', 'onnxruntime-web']
const isSquareNN = (figure: Figure): boolean => figure.group === 'matmul' && isCube(figure) && figure.column === 'NN'

/** Ours on one thread against the best of the others that run in WebAssembly, cell by cell. */
function againstScripted({ report }: Run, cells: (figure: Figure) => boolean): readonly Entry[] {
  const worst = new Map<string, Entry>()
  for (const { ours, theirs, ratio } of pairsOf(report)) {
    const isCounted = scripted.includes(theirs.subject.spec.kind) && theirs.subject.spec.threads === 1
    if (!isCounted || ours.group === 'training step' || !cells(ours)) continue
    const cell = cellOf(ours)
    if (ratio < (worst.get(cell)?.value ?? Number.POSITIVE_INFINITY)) {
      worst.set(cell, { value: ratio, where: `${cell}, against ${theirs.subject.name}` })
    }
  }
  return [...worst.values()]
}

/** Whole steps at our best against theirs. */
function trainingAgainst({ figures, threads }: Run, kind: string): readonly Entry[] {
  const steps = figures.filter(({ group }) => group === 'training step')
  return steps
    .filter(({ subject }) => subject.spec.kind === kind)
    .flatMap(({ row, median }) => {
      const ours = steps.find((each) => each.row === row && isHome(each.subject, threads))
      return ours ? [{ value: ours.median / median, where: row }] : []
    })
}

/** Steps of mini with and without dropout, at our best. */
function miniSteps({ report, threads }: Run) {
  const homes = new Set(report.subjects.filter((subject) => isHome(subject, threads)).map(({ name }) => name))
  return report.steps.filter(({ model, subject, figures }) => homes.has(subject) && figures && /^mini/.test(model.name))
}

/** All targets, in the order in which they are listed. */
export const targetRules: readonly Rule[] = [
  {
    what: 'matmul 512³ and 1024³, one thread (on an idle machine)',
    unit: 'GFLOP/s',
    reach: 40,
    entries: (run) =>
      run
        .ours(1, 'matmul')
        .filter(({ row, column }) => column === 'NN' && (row === cube(512) || row === cube(1024)))
        .map((figure) => ({ value: figure.median, where: cellOf(figure) })),
  },
  {
    what: 'NT, TN and TT to NN of the same size',
    unit: '×',
    reach: 0.9,
    entries: (run) =>
      run.ratios(
        ({ group, column }) => group === 'matmul' && column !== 'NN',
        (cell, each) => each.row === cell.row && each.column === 'NN',
      ),
  },
  ...(
    [
      ['513³ to 512³', 0.9, ({ row }) => row === cube(513)],
      ['127³ to 512³', 0.6, ({ row }) => row === cube(127)],
      ['64 × [128 × 64 × 128] to 512³', 0.7, ({ row }) => row.startsWith('64 × ')],
    ] as readonly (readonly [string, number, (figure: Figure) => boolean])[]
  ).map(
    ([what, reach, isSize]): Rule => ({
      what: `${what}, same layout`,
      unit: '×',
      reach,
      entries: (run) =>
        run.ratios(
          (figure) => figure.group === 'matmul' && isSize(figure),
          (cell, each) => each.row === cube(512) && each.column === cell.column,
        ),
    }),
  ),
  {
    what: 'square NN products to the best of jax-js, tfjs and onnxruntime-web, one thread each',
    unit: '×',
    reach: 1.5,
    entries: (run) => againstScripted(run, isSquareNN),
  },
  {
    what: 'everything else to the best of them',
    unit: '×',
    reach: 2,
    entries: (run) => againstScripted(run, (figure) => !isSquareNN(figure)),
  },
  {
    what: 'to onnxruntime-node, as many threads',
    unit: '×',
    reach: 0.5,
    entries: ({ report }) =>
      pairsOf(report)
        .filter(({ theirs }) => theirs.subject.spec.kind === 'onnxruntime-node')
        .map(({ theirs, ratio }) => ({ value: ratio, where: `${cellOf(theirs)}, ${theirs.subject.name}` })),
  },
  {
    what: 'products from 256³ up, all threads to one',
    unit: '×',
    reach: 1.8,
    entries(run) {
      if (run.threads === 1) return []
      const one = run.ours(1, 'matmul', 'linear')
      return run
        .ours(run.threads, 'matmul', 'linear')
        .filter(({ group, row }) => group === 'linear' || large.includes(row) || row.startsWith('64 × '))
        .flatMap((figure) => {
          const base = one.find((each) => cellOf(each) === cellOf(figure))
          return base ? [{ value: figure.median / base.median, where: cellOf(figure) }] : []
        })
    },
  },
  {
    what: 'training step of mini, all threads (70 is the aim)',
    unit: 'GFLOP/s',
    reach: 45,
    entries: (run) =>
      run
        .ours(run.threads, 'training step')
        .filter(({ row }) => row.startsWith('mini'))
        .map(({ median, row }) => ({ value: median, where: row })),
  },
  {
    what: 'training step of tiny to that of mini',
    unit: '×',
    reach: 0.4,
    entries(run) {
      const steps = run.ours(run.threads, 'training step')
      return steps.flatMap(({ row, median }) => {
        const base = row.startsWith('tiny') && steps.find((each) => each.row === row.replace('tiny', 'mini'))
        return base ? [{ value: median / base.median, where: row }] : []
      })
    },
  },
  { what: 'training steps to jax-js', unit: '×', reach: 3, entries: (run) => trainingAgainst(run, 'jax-js') },
  { what: 'training steps to tfjs', unit: '×', reach: 5, entries: (run) => trainingAgainst(run, 'tfjs') },
  {
    what: 'time in matmul and linear in a step of mini',
    unit: '%',
    reach: 75,
    entries: (run) =>
      miniSteps(run).map(({ model, figures }) => ({
        value: 100 * sharesOf(figures!.own!).products,
        where: model.name,
      })),
  },
  {
    what: 'elementwise and row kernels on large tensors to a plain copy, one thread',
    unit: '×',
    reach: 0.7,
    entries: (run) =>
      run.ratios(
        ({ group, row, column }) => group === 'large tensors' && column !== 'copy' && !moving.test(row),
        (_, each) => each.column === 'copy',
      ),
  },
  ...(
    [
      ['no tape', 3],
      ['recorded', 6],
    ] as const
  ).map(
    ([column, reach]): Rule => ({
      what: `one operation on a tiny tensor, ${column}`,
      unit: 'µs',
      reach,
      most: true,
      entries: (run) =>
        run
          .ours(1, 'dispatch')
          .filter((figure) => figure.column === column)
          .map((figure) => ({ value: figure.median, where: cellOf(figure) })),
    }),
  ),
  {
    what: 'peak memory of a step of mini to what is needed',
    unit: '×',
    reach: 1.3,
    most: true,
    entries: (run) =>
      miniSteps(run).map(({ model, figures }) => ({
        value: figures!.own!.peakBytes / neededBytes(model),
        where: model.name,
      })),
  },
]
