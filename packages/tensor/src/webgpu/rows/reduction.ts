import { type Axis, mergedAxes } from '../../axes.ts'
import type { Kernel, Kernels, View } from '../../backend.ts'
import type { ReductionParameters } from '../../primitives.ts'
import { stridesOf } from '../../shape.ts'
import { axisWords } from '../broadcast.ts'
import type { Program } from '../device/program.ts'
import type { Machine, Operand } from '../machine.ts'
import { halfSupport } from '../wgsl/half.ts'
import { folded } from '../wgsl/index.ts'
import { mathFor } from '../wgsl/math.ts'
import { elementType } from '../wgsl/operand.ts'
import { walkOver } from '../wgsl/walk.ts'

type Op = 'sum' | 'maxOver'
type Kind = 'f32' | 'i32' | 'u32'

/** Invocations that keep a GPU busy. */
const plenty = 32768

/** Terms that are worth an invocation, where they are shared among workgroups. */
const termsEach = 32

interface Join {
  /** of `a` and `b` */
  readonly join: string
  readonly start: string
}

const folds: { readonly [P in Op]: { readonly [K in Kind]: Join } } = {
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

/** What is read and written: of f16, which is summed as f32, or of the kind itself. */
interface Elements {
  readonly kind: Kind
  readonly input: string
  readonly output: string
}

function program(op: Op, elements: Elements, kept: number, reduced: number, { lanes, alongTerms }: Shape): Program {
  const { kind, input, output } = elements
  return {
    key: `${op} ${kind} ${input} ${output} ${kept} ${reduced} ${lanes} ${alongTerms}`,
    source: () => {
      const { join, start } = folds[op][kind]
      const size = sizeFor(lanes)
      const outputs = size / lanes
      const next = alongTerms ? 1 : outputs
      const half = halfSupport(input, output)
      return {
        enables: half.enables,
        bindings: [
          { name: 'input', element: input },
          { name: 'output', element: output, written: true },
        ],
        axes: kept + reduced,
        parameters: { outputs: 'u32', terms: 'u32', parts: 'u32', share: 'u32' },
        workgroup: [size],
        declarations: `${half.functions}${mathFor(join + start)}
${walkOver('keptPlace', 0, kept)}${walkOver('reducedPlace', kept, reduced)}
fn joined(a: ${kind}, b: ${kind}) -> ${kind} { return ${join}; }
${lanes > 1 ? `var<workgroup> partial: array<${kind}, ${size}>;` : ''}`,
        body: `  let lanes = ${lanes}u;
  let term = lane ${alongTerms ? '% lanes' : `/ ${outputs}u`};
  let index = (group.y * groups.x + group.x) * ${outputs}u + lane ${alongTerms ? '/ lanes' : `% ${outputs}u`};
  var total: ${kind} = ${start};
  let isOutput = index < parameters.outputs * parameters.parts;
  if (isOutput) {
    let part = index / parameters.outputs;
    let base = keptPlace(index % parameters.outputs).x;
    let end = min(parameters.terms, (part + 1u) * parameters.share);
    for (var t = part * parameters.share + term; t < end; t += lanes) { total = joined(total, ${kind}(input[base + reducedPlace(t).x])); }
  }
${lanes > 1 ? joining(next) : '  let joinedTotal = total;'}
  if (term == 0u && isOutput) { output[index] = ${output === 'f16' ? 'half(joinedTotal)' : 'joinedTotal'}; }`,
      }
    },
  }
}

export function reduction(machine: Machine): Pick<Kernels, 'sum' | 'maxOver'> {
  const kernel =
    (op: Op): Kernel<ReductionParameters> =>
    ([x], { axes }, [y]) =>
      reduce(machine, op, x!, axes, y!)
  return { sum: kernel('sum'), maxOver: kernel('maxOver') }
}

/** Σ, or the largest, of `reduced` for each place of `kept`. */
interface Fold {
  readonly op: Op
  readonly kind: Kind
  readonly kept: readonly Axis[]
  readonly reduced: readonly Axis[]
  readonly outputs: number
}

function reduce(machine: Machine, op: Op, x: View, axes: readonly number[], y: View): void {
  if (y.size === 0) return
  const strides = stridesOf(x.shape)
  const only = (reduced: boolean): Axis[] => {
    const chosen = x.shape.map((_, axis) => axis).filter((axis) => axes.includes(axis) === reduced)
    return mergedAxes(
      chosen.map((axis) => x.shape[axis]!),
      [chosen.map((axis) => strides[axis]!)],
    )
  }
  const kind = x.dtype === 'f16' ? 'f32' : (elementType[x.dtype] as Kind)
  const fold = { op, kind, kept: only(false), reduced: only(true), outputs: y.size }
  const parts = partsFor(machine, fold)
  if (parts === 1) {
    run(machine, fold, x, y, 1)
    return
  }
  machine.withScratch(4 * parts * y.size, (partial) => {
    run(machine, fold, x, partial, parts)
    const rest = { kept: [{ size: y.size, strides: [1] }], reduced: [{ size: parts, strides: [y.size] }] }
    run(machine, { ...fold, ...rest }, partial, y, 1)
  })
}

function termsOf({ reduced }: Fold): number {
  return reduced.reduce((product, axis) => product * axis.size, 1)
}

/**
 * How many workgroups share an output's terms, where outputs alone do not keep a GPU busy; another dispatch joins what they
 * found. A processor has few cores, and loses by it.
 */
function partsFor(machine: Machine, fold: Fold): number {
  if (!machine.workgroupMemory) return 1
  const { lanes } = shapeFor(machine, fold)
  const worthwhile = termsOf(fold) / (lanes * termsEach)
  return Math.max(1, Math.min(Math.floor(worthwhile), Math.floor(plenty / (fold.outputs * lanes))))
}

/** Writes the results of every part, `[parts, outputs]`. */
function run(machine: Machine, fold: Fold, x: Operand, y: Operand, parts: number): void {
  const { op, kind, kept, reduced, outputs } = fold
  const shape = shapeFor(machine, fold)
  const terms = termsOf(fold)
  machine.run(
    program(op, { kind, input: elementOf(x, kind), output: elementOf(y, kind) }, kept.length, reduced.length, shape),
    [x, y],
    [...axisWords([...kept, ...reduced]), outputs, terms, parts, Math.ceil(terms / parts)],
    folded(Math.ceil((outputs * parts * shape.lanes) / sizeFor(shape.lanes))),
  )
}

/** What partial results are made of is their kind. */
function elementOf(operand: Operand, kind: Kind): string {
  return 'dtype' in operand ? elementType[operand.dtype]! : kind
}

/** Where outputs lie side by side, 16 of them stay together. */
function shapeFor(machine: Machine, fold: Fold): Shape {
  const alongTerms = fold.kept.at(-1)?.strides[0] !== 1
  const lanes = machine.lanesFor(termsOf(fold), fold.outputs)
  return { lanes: alongTerms ? lanes : Math.min(lanes, 16), alongTerms }
}
