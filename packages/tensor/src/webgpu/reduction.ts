import { type Axis, mergedAxes } from '../axes.ts'
import type { Kernel, Kernels, View } from '../backend.ts'
import type { ReductionParameters } from '../primitives.ts'
import { stridesOf } from '../shape.ts'
import { axisWords } from './broadcast.ts'
import type { Machine, Operand } from './machine.ts'
import type { Program } from './program.ts'
import { folded } from './wgsl/index.ts'
import { mathFor } from './wgsl/math.ts'
import { elementType } from './wgsl/operand.ts'
import { walkOver } from './wgsl/walk.ts'

type Kind = 'f32' | 'i32' | 'u32'

interface Fold {
  /** of `a` and `b` */
  readonly join: string
  readonly start: string
}

const folds: { readonly [P in 'sum' | 'maxOver']: { readonly [K in Kind]: Fold } } = {
  sum: {
    f32: { join: 'a + b', start: '0.0' },
    i32: { join: 'a + b', start: '0' },
    u32: { join: 'a + b', start: '0u' },
  },
  maxOver: {
    f32: { join: 'larger(a, b)', start: '-infinity()' },
    i32: { join: 'max(a, b)', start: 'bitcast<i32>(0x80000000u)' },
    u32: { join: 'max(a, b)', start: '0u' },
  },
}

/** Invocations of a workgroup, which has one or more outputs. */
const size = 256

/** How the invocations of a workgroup share the work. */
interface Shape {
  /** invocations for one output */
  readonly lanes: number
  /** whether neighbours take neighbouring terms, or neighbouring outputs: whichever lie side by side */
  readonly alongTerms: boolean
}

function program(op: 'sum' | 'maxOver', kind: Kind, kept: number, reduced: number, { lanes, alongTerms }: Shape): Program {
  return {
    key: `${op} ${kind} ${kept} ${reduced} ${lanes} ${alongTerms}`,
    source: () => {
      const { join, start } = folds[op][kind]
      const outputs = size / lanes
      const next = alongTerms ? 1 : outputs
      return {
        bindings: [
          { name: 'input', element: kind },
          { name: 'output', element: kind, written: true },
        ],
        axes: kept + reduced,
        parameters: { outputs: 'u32', terms: 'u32' },
        workgroup: [size],
        declarations: `${mathFor(join + start)}
${walkOver('keptPlace', 0, kept)}${walkOver('reducedPlace', kept, reduced)}
fn joined(a: ${kind}, b: ${kind}) -> ${kind} { return ${join}; }
var<workgroup> partial: array<${kind}, ${size}>;`,
        body: `  let lanes = ${lanes}u;
  let term = lane ${alongTerms ? '% lanes' : `/ ${outputs}u`};
  let index = (group.y * groups.x + group.x) * ${outputs}u + lane ${alongTerms ? '/ lanes' : `% ${outputs}u`};
  var total: ${kind} = ${start};
  if (index < parameters.outputs) {
    let base = keptPlace(index).x;
    for (var t = term; t < parameters.terms; t += lanes) { total = joined(total, input[base + reducedPlace(t).x]); }
  }
  partial[lane] = total;
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (term < half) { partial[lane] = joined(partial[lane], partial[lane + half * ${next}u]); }
  }
  if (term == 0u && index < parameters.outputs) { output[index] = partial[lane]; }`,
      }
    },
  }
}

export function reduction(machine: Machine): Pick<Kernels, 'sum' | 'maxOver'> {
  const kernel =
    (op: 'sum' | 'maxOver'): Kernel<ReductionParameters> =>
    ([x], { axes }, [y]) =>
      reduce(machine, op, x!, axes, y!, y!.size)
  return { sum: kernel('sum'), maxOver: kernel('maxOver') }
}

/** Σ over the rows of a matrix `[rows, length]`, f32. */
export function sumOverRows(machine: Machine, from: Operand, to: Operand, rows: number, length: number): void {
  reduce(machine, 'sum', { operand: from, shape: [rows, length], dtype: 'f32' }, [0], to, length)
}

type Input = Pick<View, 'shape' | 'dtype'> & { readonly operand: Operand }

function reduce(
  machine: Machine,
  op: 'sum' | 'maxOver',
  x: View | Input,
  axes: readonly number[],
  to: Operand,
  outputs: number,
): void {
  if (outputs === 0) return
  const strides = stridesOf(x.shape)
  const only = (reduced: boolean): Axis[] => {
    const chosen = x.shape.map((_, axis) => axis).filter((axis) => axes.includes(axis) === reduced)
    return mergedAxes(
      chosen.map((axis) => x.shape[axis]!),
      [chosen.map((axis) => strides[axis]!)],
    )
  }
  const [kept, reduced] = [only(false), only(true)]
  const terms = reduced.reduce((product, axis) => product * axis.size, 1)
  const shape = shapeFor(terms, kept.at(-1)?.strides[0] !== 1)
  const kind = elementType[x.dtype] as Kind
  machine.run(
    program(op, kind, kept.length, reduced.length, shape),
    ['operand' in x ? x.operand : x, to],
    [...axisWords([...kept, ...reduced]), outputs, terms],
    folded(Math.ceil(outputs / (size / shape.lanes))),
  )
}

/** As many invocations for an output as it has terms, but where outputs lie side by side 16 of them stay together. */
function shapeFor(terms: number, alongTerms: boolean): Shape {
  const most = alongTerms ? size : 16
  return { lanes: Math.min(2 ** Math.ceil(Math.log2(Math.max(terms, 1))), most), alongTerms }
}
