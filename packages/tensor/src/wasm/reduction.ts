import { type Axis, mergedAxes } from '../axes.ts'
import type { Kernel, Kernels, View } from '../backend.ts'
import type { DType } from '../dtype.ts'
import type { ReductionParameters } from '../primitives.ts'
import { stridesOf } from '../shape.ts'
import { grainOf } from './grain.ts'
import { withLoops } from './loops.ts'
import { type Machine, pointerOf, type RangeKernel } from './machine.ts'

/** The kernels for reductions along the last axis, and across it. */
interface Pair {
  readonly rows: RangeKernel
  readonly columns: RangeKernel
}

type Variants = { readonly [D in DType]?: Pair }

const integerSum: Pair = { rows: 'sumIntegerRows', columns: 'sumIntegerColumns' }

const table: { readonly [P in 'sum' | 'maxOver']: Variants } = {
  sum: { f32: { rows: 'sumRows', columns: 'sumColumns' }, i32: integerSum, u32: integerSum },
  maxOver: {
    f32: { rows: 'maxRows', columns: 'maxColumns' },
    i32: { rows: 'maxSignedRows', columns: 'maxSignedColumns' },
    u32: { rows: 'maxUnsignedRows', columns: 'maxUnsignedColumns' },
  },
}

export function reduction(machine: Machine): Pick<Kernels, 'sum' | 'maxOver'> {
  return { sum: kernel(table.sum), maxOver: kernel(table.maxOver) }

  function kernel(variants: Variants): Kernel<ReductionParameters> {
    return ([x], { axes }, [y]) => {
      reduce(machine, variants[x!.dtype]!, x!, pointerOf(x!), axes, pointerOf(y!), y!.size)
    }
  }
}

/** Bytes of a thread's arena that the sums of columns take: the zeros at its start, and the totals of a stripe. */
const arenaBytes = 64 + 8 * (512 + 4)

/** Sums the rows of a matrix `[rows, length]` at `from` into the `length` elements at `to`; f32. */
export function sumOverRows(machine: Machine, from: number, to: number, rows: number, length: number): void {
  reduce(machine, table.sum.f32!, { shape: [rows, length] }, from, [0], to, length)
}

/** Folds the axes of x, which lies at `from`, into the `size` elements at `to`. */
function reduce(
  machine: Machine,
  kernels: Pair,
  { shape }: Pick<View, 'shape'>,
  from: number,
  axes: readonly number[],
  to: number,
  size: number,
): void {
  const strides = stridesOf(shape)
  const only = (reduced: boolean): Axis[] => {
    const chosen = shape.map((_, axis) => axis).filter((axis) => axes.includes(axis) === reduced)
    return mergedAxes(
      chosen.map((axis) => shape[axis]!),
      [chosen.map((axis) => strides[axis]!)],
    )
  }
  const kept = only(false)
  const reduced = only(true)
  const alongLast = kept.at(-1)?.strides[0] !== 1
  const one: Axis = { size: 1, strides: [1] }
  if (!alongLast) machine.reserve(arenaBytes)
  const terms = reduced.reduce((product, axis) => product * axis.size, 1)
  const count = reduced.slice(0, -1).reduce((product, axis) => product * axis.size, 1)
  withLoops(machine, alongLast ? [...kept, one] : kept, [4], (keptLoops) =>
    withLoops(machine, reduced, [4], (reducedLoops) =>
      machine.run(
        alongLast ? kernels.rows : kernels.columns,
        size,
        grainOf('memory', terms, alongLast ? 1 : 16),
        from,
        to,
        keptLoops,
        reducedLoops,
        count,
      ),
    ),
  )
}
