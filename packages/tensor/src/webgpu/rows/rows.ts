import type { Binding, Program, Word } from '../device/program.ts'
import type { Machine, Operand } from '../machine.ts'
import { halfSupport } from '../wgsl/half.ts'
import { folded } from '../wgsl/index.ts'
import { mathFor } from '../wgsl/math.ts'
import { joinsOf, type Sharing } from './joins.ts'

/** A kernel that does each row by itself. */
export interface RowKernel {
  readonly key: string
  /** those of rows, made of `F`: numbers, or vectors of four where rows are made of fours; all f32, or stored as f16 */
  readonly bindings: readonly (Omit<Binding, 'element'> & { readonly element?: string })[]
  /** besides `rows` and `length` */
  readonly parameters?: { readonly [name: string]: Word }
  /**
   * In WGSL, with `row`, whose numbers are from `start` to `end`, F by F; `term` and `lanes` for loops over them; `F`, the
   * ends `$` of names; `places$(i - start)`, the columns of an F, `width` of them, and `part$(f, column)`, one of its
   * numbers; and `sumOfRow`, `largestOfRow`, which join what the invocations of a row have found.
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
  const sharing = sharingFor(machine, steps, rows)
  const workgroups = Math.ceil((rows * sharing.lanes) / sharing.size)
  const half = 'dtype' in operands[0]! && operands[0].dtype === 'f16'
  machine.run(programFor(kernel, { wide, half }, sharing), operands, [rows, steps, ...words], folded(workgroups))
}

/** Invocations that keep a GPU busy. */
const plenty = 65536

/**
 * Few rows get as many invocations as they can use, 256 at most; of many, each invocation takes four steps, so that fewer
 * have to be joined.
 */
function sharingFor(machine: Machine, steps: number, rows: number): Sharing {
  const most = machine.lanesFor(steps, rows)
  const lanes = most * rows > 4 * plenty && steps <= 1024 ? Math.max(1, most / 4) : most
  const size = Math.max(64, lanes)
  return { lanes, size, subgroups: machine.workgroupMemory && lanes === size && machine.subgroups }
}

/** What an F is, and how it is stored. */
interface Elements {
  readonly wide: boolean
  readonly half: boolean
}

function programFor(kernel: RowKernel, { wide, half }: Elements, sharing: Sharing): Program {
  const { key, bindings, parameters } = kernel
  const { lanes, size } = sharing
  return {
    key: `${key} ${wide} ${half} ${Object.values(sharing).map(Number).join(' ')}`,
    source: () => {
      const element = wide ? 'vec4f' : 'f32'
      const storedAs = !half ? element : wide ? 'vec4<f16>' : 'f16'
      const support = halfSupport(half ? 'f16' : 'f32')
      const spelled = (half ? throughHalf(kernel) : kernel.body)
        .replaceAll('$', wide ? '4' : '')
        .replaceAll(/\bF\b/g, element)
        .replaceAll(/\bI\b/g, wide ? 'vec4i' : 'i32')
      const { enables, declarations, before } = joinsOf(sharing)
      return {
        enables: [...support.enables, ...enables],
        bindings: bindings.map((binding) => ({ ...binding, element: binding.element ?? storedAs })),
        parameters: { rows: 'u32', length: 'u32', ...parameters },
        workgroup: [size],
        declarations: support.functions + mathFor(`larger(${declarations}${spelled}`) + declarations + across(wide),
        body: `  const lanes = ${lanes}u;
  let term = lane % lanes;
  let row = (group.y * groups.x + group.x) * ${size / lanes}u + lane / lanes;
${before}
  let isRow = row < parameters.rows;
  let start = row * parameters.length;
  let end = select(start, start + parameters.length, isRow);
  let leads = isRow && term == 0u;
${spelled}`,
      }
    },
  }
}

/** The body for rows of f16: what is read becomes an F, what is written is rounded. */
function throughHalf({ bindings, body }: RowKernel): string {
  const names = (written: boolean): string =>
    bindings.flatMap((each) => (each.element || (each.written ?? false) !== written ? [] : [each.name])).join('|')
  const read = body.replaceAll(new RegExp(`\\b(${names(false)})\\[[^\\]]*\\]`, 'g'), 'F($&)')
  const writes = new RegExp(`\\b((?:${names(true)})\\[[^\\]]*\\]) = ([^;]*);`, 'g')
  return names(true) ? read.replaceAll(writes, '$1 = half$$($2);') : read
}

/** What joins the parts of an F, and then those of a row. */
function across(wide: boolean): string {
  return wide
    ? `
const width = 4u;
fn part4(four: vec4f, column: u32) -> f32 { return four[column % 4u]; }
fn places4(step: u32) -> vec4i { return vec4i(i32(4u * step)) + vec4i(0, 1, 2, 3); }
fn sumOfRow(x: vec4f) -> f32 { return joinedSum((x.x + x.y) + (x.z + x.w)); }
fn largestOfRow(x: vec4f) -> f32 { return joinedLargest(larger(larger(x.x, x.y), larger(x.z, x.w))); }`
    : `
const width = 1u;
fn part(one: f32, column: u32) -> f32 { return one; }
fn places(step: u32) -> i32 { return i32(step); }
fn sumOfRow(x: f32) -> f32 { return joinedSum(x); }
fn largestOfRow(x: f32) -> f32 { return joinedLargest(x); }`
}
