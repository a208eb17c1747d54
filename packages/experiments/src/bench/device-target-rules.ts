import type { Figure } from './compare.ts'
import { absolute, againstBest, once, type FiguresOfRun as Run } from './figures-of-run.ts'
import type { SubjectKind } from './subjects/subject.ts'
import { cube, type Rule } from './target-rules.ts'

const others: readonly SubjectKind[] = ['jax-js', 'tfjs']

/** Products of 512³ and 1024³ in some layouts. */
function products(...layouts: readonly string[]): (figure: Figure) => boolean {
  return ({ group, row, column }) => {
    return group === 'matmul' && [cube(512), cube(1024)].includes(row) && layouts.includes(column)
  }
}

const dispatches = (run: Run, column: string) => run.ours(1, 'dispatch').filter((figure) => figure.column === column)

/** All targets on WebGPU, in the order in which they are listed. */
export const deviceTargetRules: readonly Rule[] = [
  {
    what: 'matmul 512³ and 1024³, NN, to the better of jax-js and tfjs',
    unit: '×',
    reach: 1.5,
    entries: (run) => againstBest(run, others, products('NN')),
  },
  {
    what: 'the same, NT and TN',
    unit: '×',
    reach: 3,
    entries: (run) => againstBest(run, others, products('NT', 'TN')),
  },
  {
    what: 'training steps of tiny and small to the better that can do them',
    unit: '×',
    reach: 2,
    entries: (run) => againstBest(run, others, ({ group }) => group === 'training step'),
  },
  {
    what: 'time of the host for a dispatch until it is submitted',
    unit: 'µs',
    reach: 10,
    most: true,
    entries: (run) => absolute(dispatches(run, 'submitted')),
  },
  {
    what: 'submits of a training step',
    unit: 'submits',
    reach: 3,
    most: true,
    entries: (run) =>
      run.ownSteps().flatMap(({ model, figures }) => {
        return figures!.work ? [once(figures!.work.submits, model.name)] : []
      }),
  },
  {
    what: 'start-up to a first result in a process that had one before',
    unit: 'ms',
    reach: 300,
    most: true,
    entries: (run) => absolute(run.ours(1, 'start-up').filter(({ column }) => column === 'first result')),
  },
]
