/** One storage buffer of a program. */
export interface Binding {
  readonly name: string
  /** in WGSL, of what its array is made */
  readonly element: string
  /** whether it is written to; read only by default */
  readonly written?: boolean
}

/** Kinds of parameters, each one word. */
export type Word = 'u32' | 'i32' | 'f32'

/** A compute shader, written down only when it is first used. */
export interface Program {
  /** Names all that its code depends on: equal keys, equal code. */
  readonly key: string
  readonly source: () => Source
}

export interface Source {
  /** extensions of WGSL: 'f16', 'subgroups' */
  readonly enables?: readonly string[]
  readonly bindings: readonly Binding[]
  /** rows of four words, an axis each, before the others: `parameters.axes` */
  readonly axes?: number
  /** in the order in which they are given to `run` */
  readonly parameters: { readonly [name: string]: Word }
  readonly workgroup: readonly [x: number, y?: number, z?: number]
  /** functions and workgroup variables */
  readonly declarations?: string
  /** of main, with `group`, `groups`, `local` (a vector), `lane` (its index), and `subgroupLane` if subgroups are enabled */
  readonly body: string
}

/** The shader in WGSL. */
export function codeOf(source: Source): string {
  const { enables = [], bindings, axes = 0, parameters, workgroup, declarations = '', body } = source
  const fields = Object.entries(parameters).map(([name, type]) => `  ${name}: ${type},`)
  if (axes > 0) fields.unshift(`  axes: array<vec4u, ${axes}>,`)
  const enabled = enables.map((name) => `enable ${name};\n`).join('')
  const last = `@group(0) @binding(${bindings.length}) var<uniform> parameters: Parameters;`
  return `${enabled}${fields.length > 0 ? `struct Parameters {\n${fields.join('\n')}\n}\n${last}` : ''}
${bindings.map(declaration).join('\n')}
${declarations}
@compute @workgroup_size(${workgroup.join(', ')})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
${enables.includes('subgroups') ? '  @builtin(subgroup_invocation_id) subgroupLane: u32,\n' : ''}) {
${body}
}
`
}

function declaration({ name, element, written = false }: Binding, index: number): string {
  return `@group(0) @binding(${index}) var<storage, ${written ? 'read_write' : 'read'}> ${name}: array<${element}>;`
}

/** Whether a program has parameters. They are its last binding. */
export function hasParameters({ axes = 0, parameters }: Source): boolean {
  return axes > 0 || Object.keys(parameters).length > 0
}

const float = new Float32Array(1)
const word = new Uint32Array(float.buffer)

/** The word of an f32 parameter. */
export function bitsOf(value: number): number {
  float[0] = value
  return word[0]!
}
