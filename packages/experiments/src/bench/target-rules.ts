import { cellOf, type Figure } from './compare.ts'
import { absolute, againstBest, type Entry, once, type FiguresOfRun as Run, ratios } from './figures-of-run.ts'
import { neededBytes } from './needed-memory.ts'
import { sharesOf } from './report.ts'
import type { OwnFacts, SubjectKind } from './subjects/subject.ts'

/** How a target is read from a run, for one of our setups. */
export interface Rule {
  readonly what: string
  readonly unit: string
  readonly reach: number
  /** the most that is good enough, rather than the least */
  readonly most?: true
  readonly entries: (run: Run) => readonly Entry[]
}

/** The row of a product of two square matrices. */
export const cube = (size: number): string => `[${size}, ${size}] · [${size}, ${size}]`
const isCube = ({ row }: Figure): boolean => /^\[(\d+), \1\] · \[\1, \1\]$/.test(row)
const isBatch = (row: string): boolean => row.startsWith('64 × ')
const large = ['256', '512', '513', '1024'].map((size) => cube(Number(size)))
/** Rows of large tensors that compute nothing. */
const moving = /^(permute|pad|concat|expand)/
const scripted: readonly SubjectKind[] = ['jax-js', 'tfjs', 'onnxruntime-web']
const isSquareNN = (figure: Figure): boolean => figure.group === 'matmul' && isCube(figure) && figure.column === 'NN'

/** Ours on one thread against the best of the others that run in WebAssembly, cell by cell. */
function againstScripted(run: Run, cells: (figure: Figure) => boolean): readonly Entry[] {
  const isCounted = (ours: Figure) => ours.subject.spec.threads === 1 && ours.group !== 'training step'
  return againstBest(run, scripted, (ours) => isCounted(ours) && cells(ours))
}

const isSameCell = (figure: Figure, base: Figure): boolean => cellOf(figure) === cellOf(base)

/** Whole steps at our best against theirs. */
function trainingAgainst(run: Run, kind: string): readonly Entry[] {
  return ratios(run.ours(run.threads, 'training step'), run.stepsOf(kind), isSameCell)
}

/** What only we tell of steps of mini. */
function ofMini(run: Run): readonly { readonly name: string; readonly facts: OwnFacts; readonly needed: number }[] {
  return run.ownSteps().flatMap(({ model, figures }) => {
    const isMeant = figures?.own && model.name.startsWith('mini')
    return isMeant ? [{ name: model.name, facts: figures.own, needed: neededBytes(model) }] : []
  })
}

/** All targets on processors, in the order in which they are listed. */
export const targetRules: readonly Rule[] = [
  {
    what: 'matmul 512³ and 1024³, one thread (on an idle machine)',
    unit: 'GFLOP/s',
    reach: 40,
    entries(run) {
      const isMeant = ({ row, column }: Figure) => column === 'NN' && (row === cube(512) || row === cube(1024))
      return absolute(run.ours(1, 'matmul').filter(isMeant))
    },
  },
  {
    what: 'NT, TN and TT to NN of the same size',
    unit: '×',
    reach: 0.9,
    entries(run) {
      const products = run.ours(1, 'matmul')
      const transposed = products.filter(({ column }) => column !== 'NN')
      return ratios(transposed, products, ({ row }, base) => base.row === row && base.column === 'NN')
    },
  },
  ...(
    [
      ['513³ to 512³', 0.9, ({ row }) => row === cube(513)],
      ['127³ to 512³', 0.6, ({ row }) => row === cube(127)],
      ['64 × [128 × 64 × 128] to 512³', 0.7, ({ row }) => isBatch(row)],
    ] as readonly (readonly [string, number, (figure: Figure) => boolean])[]
  ).map(
    ([what, reach, isSize]): Rule => ({
      what: `${what}, same layout`,
      unit: '×',
      reach,
      entries(run) {
        const products = run.ours(1, 'matmul')
        return ratios(products.filter(isSize), products, ({ column }, base) => {
          return base.row === cube(512) && base.column === column
        })
      },
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
    entries: ({ pairs }) =>
      pairs
        .filter(({ theirs }) => theirs.subject.spec.kind === 'onnxruntime-node')
        .map(({ theirs, ratio }) => ({ value: ratio, where: `${cellOf(theirs)}, ${theirs.subject.name}` })),
  },
  {
    what: 'products from 256³ up, all threads to one',
    unit: '×',
    reach: 1.8,
    entries(run) {
      if (run.threads === 1) return []
      const isLarge = ({ group, row }: Figure) => group === 'linear' || large.includes(row) || isBatch(row)
      const all = run.ours(run.threads, 'matmul', 'linear').filter(isLarge)
      return ratios(all, run.ours(1, 'matmul', 'linear'), isSameCell)
    },
  },
  {
    what: 'training step of mini, all threads (70 is the aim)',
    unit: 'GFLOP/s',
    reach: 45,
    entries: (run) => absolute(run.ours(run.threads, 'training step').filter(({ row }) => row.startsWith('mini'))),
  },
  {
    what: 'training step of tiny to that of mini',
    unit: '×',
    reach: 0.4,
    entries(run) {
      const steps = run.ours(run.threads, 'training step')
      const tiny = steps.filter(({ row }) => row.startsWith('tiny'))
      return ratios(tiny, steps, ({ row }, base) => base.row === row.replace('tiny', 'mini'))
    },
  },
  { what: 'training steps to jax-js', unit: '×', reach: 3, entries: (run) => trainingAgainst(run, 'jax-js') },
  { what: 'training steps to tfjs', unit: '×', reach: 5, entries: (run) => trainingAgainst(run, 'tfjs') },
  {
    what: 'time in matmul and linear in a step of mini',
    unit: '%',
    reach: 75,
    entries: (run) => ofMini(run).map(({ name, facts }) => once(100 * sharesOf(facts).products, name)),
  },
  {
    what: 'elementwise and row kernels on large tensors to a plain copy, one thread',
    unit: '×',
    reach: 0.7,
    entries(run) {
      const kernels = run.ours(1, 'large tensors')
      const computing = kernels.filter(({ row, column }) => column !== 'copy' && !moving.test(row))
      return ratios(computing, kernels, (_, base) => base.column === 'copy')
    },
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
      entries: (run) => absolute(run.ours(1, 'dispatch').filter((figure) => figure.column === column)),
    }),
  ),
  {
    what: 'peak memory of a step of mini to what is needed',
    unit: '×',
    reach: 1.3,
    most: true,
    entries: (run) => ofMini(run).map(({ name, facts, needed }) => once(facts.peakBytes / needed, name)),
  },
]
