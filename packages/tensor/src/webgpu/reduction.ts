import { type Axis, mergedAxes } from '../axes.ts'
import type { Kernel, Kernels, View } from '../backend.ts'
import type { ReductionParameters } from '../primitives.ts'
import { stridesOf } from '../shape.ts'
import { axisWords } from './broadcast.ts'
import type { Machine } from './machine.ts'
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
function sizeFor(lanes: number): number {
  return lanes === 1 ? 64 : 256
}

/** Joins what the invocations of an output have found; they lie `next` from each other. */
function joining(next: number): string {
  return `  partial[lane] = total;
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (term < half) { partial[lane] = joined(partial[lane], partial[lane + half * ${next}u]); }
  }
  let joinedTotal = partial[lane];`
}

/** How the invocations of a workgroup share the work. */
interface Shape {
  /** invocations for one output */
  readonly lanes: number
  /** whether neighbours take neighbouring terms, or neighbouring outputs: whichever lie side by side */
  readonly alongTerms: boolean
}

function program(
  op: 'sum' | 'maxOver',
  kind: Kind,
  kept: number,
  reduced: number,
  { lanes, alongTerms }: Shape,
): Program {
  return {
    key: `${op} ${kind} ${kept} ${reduced} ${lanes} ${alongTerms}`,
    source: () => {
      const { join, start } = folds[op][kind]
      const size = sizeFor(lanes)
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
${lanes > 1 ? `var<workgroup> partial: array<${kind}, ${size}>;` : ''}`,
        body: `  let lanes = ${lanes}u;
  let term = lane ${alongTerms ? '% lanes' : `/ ${outputs}u`};
  let index = (group.y * groups.x + group.x) * ${outputs}u + lane ${alongTerms ? '/ lanes' : `% ${outputs}u`};
  var total: ${kind} = ${start};
  if (index < parameters.outputs) {
    let base = keptPlace(index).x;
    for (var t = term; t < parameters.terms; t += lanes) { total = joined(total, input[base + reducedPlace(t).x]); }
  }
${lanes > 1 ? joining(next) : '  let joinedTotal = total;'}
  if (term == 0u && index < parameters.outputs) { output[index] = joinedTotal; }`,
      }
    },
  }
}

export function reduction(machine: Machine): Pick<Kernels, 'sum' | 'maxOver'> {
  const kernel =
    (op: 'sum' | 'maxOver'): Kernel<ReductionParameters> =>
    ([x], { axes }, [y]) =>
      reduce(machine, op, x!, axes, y!)
  return { sum: kernel('sum'), maxOver: kernel('maxOver') }
}

function reduce(machine: Machine, op: 'sum' | 'maxOver', x: View, axes: readonly number[], y: View): void {
  const outputs = y.size
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
  const shape = shapeFor(machine.lanesFor(terms, outputs), kept.at(-1)?.strides[0] !== 1)
  const kind = elementType[x.dtype] as Kind
  machine.run(
    program(op, kind, kept.length, reduced.length, shape),
    [x, y],
    [...axisWords([...kept, ...reduced]), outputs, terms],
    folded(Math.ceil((outputs * shape.lanes) / sizeFor(shape.lanes))),
  )
}

/** Where outputs lie side by side, 16 of them stay together. */
function shapeFor(lanes: number, alongTerms: boolean): Shape {
  return { lanes: alongTerms ? lanes : Math.min(lanes, 16), alongTerms }
}
