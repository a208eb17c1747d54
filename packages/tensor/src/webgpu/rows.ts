import type { Machine, Operand } from './machine.ts'
import type { Binding, Program, Word } from './program.ts'
import { folded } from './wgsl/index.ts'
import { mathFor } from './wgsl/math.ts'

/** A kernel that does each row by itself. */
export interface RowKernel {
  readonly key: string
  /** those of rows, made of `F`: numbers, or vectors of four where rows are made of fours */
  readonly bindings: readonly (Omit<Binding, 'element'> & { readonly element?: string })[]
  /** besides `rows` and `length` */
  readonly parameters?: { readonly [name: string]: Word }
  /**
   * In WGSL, with `row`, whose numbers are from `start` to `end`, F by F; `term` and `lanes` for loops over them; `F`, the
   * ends `$` of names; `places$(i - start)`, the columns of an F; and `sumOfRow`, `largestOfRow`, which join what the
   * invocations of a row have found.
   */
  readonly body: string
}

/** `for` all of a row that is an invocation's. */
export function each(body: string): string {
  return `  for (var i = start + term; i < end; i += lanes) { ${body} }`
}

/** Runs a kernel over the rows of operands, of one length. */
export function runRows(
  machine: Machine,
  kernel: RowKernel,
  operands: readonly Operand[],
  { rows, length }: { readonly rows: number; readonly length: number },
  words: readonly number[] = [],
): void {
  if (rows === 0 || length === 0) return
  const wide = length % 4 === 0
  const steps = wide ? length / 4 : length
  const lanes = machine.lanesFor(steps, rows)
  const size = Math.max(64, lanes)
  machine.run(
    programFor(kernel, wide, lanes, size),
    operands,
    [rows, steps, ...words],
    folded(Math.ceil((rows * lanes) / size)),
  )
}

function programFor(
  { key, bindings, parameters, body }: RowKernel,
  wide: boolean,
  lanes: number,
  size: number,
): Program {
  return {
    key: `${key} ${wide} ${lanes}`,
    source: () => {
      const element = wide ? 'vec4f' : 'f32'
      const spelled = body
        .replaceAll('$', wide ? '4' : '')
        .replaceAll(/\bF\b/g, element)
        .replaceAll(/\bI\b/g, wide ? 'vec4i' : 'i32')
      return {
        bindings: bindings.map((binding) => ({ ...binding, element: binding.element ?? element })),
        parameters: { rows: 'u32', length: 'u32', ...parameters },
        workgroup: [size],
        declarations: mathFor(`larger(${spelled}`) + joins(lanes, size) + across(wide),
        body: `  const lanes = ${lanes}u;
  let term = lane % lanes;
  let row = (group.y * groups.x + group.x) * ${size / lanes}u + lane / lanes;
  ${lanes > 1 ? 'laneOf = lane;' : ''}
  let isRow = row < parameters.rows;
  let start = row * parameters.length;
  let end = select(start, start + parameters.length, isRow);
  let leads = isRow && term == 0u;
${spelled}`,
      }
    },
  }
}

/** What joins the parts of an F, and then those of a row. */
function across(wide: boolean): string {
  return wide
    ? `
fn places4(step: u32) -> vec4i { return vec4i(i32(4u * step)) + vec4i(0, 1, 2, 3); }
fn sumOfRow(x: vec4f) -> f32 { return joinedSum((x.x + x.y) + (x.z + x.w)); }
fn largestOfRow(x: vec4f) -> f32 { return joinedLargest(larger(larger(x.x, x.y), larger(x.z, x.w))); }`
    : `
fn places(step: u32) -> i32 { return i32(step); }
fn sumOfRow(x: f32) -> f32 { return joinedSum(x); }
fn largestOfRow(x: f32) -> f32 { return joinedLargest(x); }`
}

function joins(lanes: number, size: number): string {
  if (lanes === 1) {
    return `
fn joinedSum(x: f32) -> f32 { return x; }
fn joinedLargest(x: f32) -> f32 { return x; }`
  }
  const join = (name: string, formula: string): string => `
fn ${name}(x: f32) -> f32 {
  let lane = laneOf;
  workgroupBarrier();
  partial[lane] = x;
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane % ${lanes}u < half) { partial[lane] = ${formula}; }
  }
  workgroupBarrier();
  return partial[lane - lane % ${lanes}u];
}`
  return `
var<private> laneOf: u32;
var<workgroup> partial: array<f32, ${size}>;
${join('joinedSum', 'partial[lane] + partial[lane + half]')}
${join('joinedLargest', 'larger(partial[lane], partial[lane + half])')}`
}
