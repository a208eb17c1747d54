import type { Binding, Program, Word } from '../device/program.ts'
import { philox } from '../randomness.ts'
import { halfSupport } from '../wgsl/half.ts'
import { flatSize } from '../wgsl/index.ts'
import { mathFor } from '../wgsl/math.ts'

/** What the code depends on. */
export interface Variant {
  readonly headSize: number
  readonly valueSize: number
  readonly biased: boolean
  readonly drops: boolean
  /** whether tensors are f16, but for ln Σ e^scores */
  readonly half: boolean
}

const parameters: { readonly [name: string]: Word } = {
  count: 'u32',
  heads: 'u32',
  queries: 'u32',
  keys: 'u32',
  scale: 'f32',
  biasBatch: 'u32',
  biasHead: 'u32',
  biasQuery: 'u32',
  biasKey: 'u32',
  key0: 'u32',
  key1: 'u32',
  threshold: 'u32',
  keep: 'f32',
}

/** Rows of `size` numbers as vectors; what is missing at the end of a row is 0. */
export interface Rows {
  readonly name: string
  readonly size: number
}

export function vectorsOf({ size }: Rows): number {
  return Math.ceil(size / 4)
}

export function bindingOf({ name, size }: Rows, written = false): Binding {
  return { name, element: size % 4 === 0 ? 'vec4f' : 'f32', written }
}

/** `fn qAt(row, #u) -> vec4f`: a vector of a row. */
function reader(rows: Rows): string {
  const { name, size } = rows
  const head = `fn ${name}At(row: u32, d: u32) -> vec4f {`
  if (size % 4 === 0) return `${head} return vec4f(${name}[row * ${size / 4}u + d]); }\n`
  const components = [0, 1, 2, 3].map(
    (k) => `  if (4u * d + ${k}u < ${size}u) { four[${k}] = f32(${name}[row * ${size}u + 4u * d + ${k}u]); }`,
  )
  return `${head}
  var four = vec4f(0.0);
${components.join('\n')}
  return four;
}
`
}

/** Written out, with `#` for the place: arrays of an invocation are slow where their index is not known beforehand. */
export function repeat(count: number, body: string): string {
  return Array.from({ length: count }, (_, d) => body.replaceAll('#', String(d))).join(' ')
}

/** `kept(matrix, query, key) -> f32`: what a weight is multiplied with, and `biasAt`, what is added to a score. */
function extras({ biased, drops }: Variant): string {
  const kept = drops
    ? `${philox}
var<private> block = 0xffffffffu;
var<private> words: vec4u;
fn kept(matrix: u32, query: u32, key: u32) -> f32 {
  let place = (matrix * parameters.queries + query) * parameters.keys + key;
  if (place / 4u != block) {
    block = place / 4u;
    words = philox(block, vec2u(parameters.key0, parameters.key1));
  }
  return select(parameters.keep, 0.0, words[place % 4u] < parameters.threshold);
}`
    : 'fn kept(matrix: u32, query: u32, key: u32) -> f32 { return 1.0; }'
  const bias = biased
    ? `
fn biasAt(matrix: u32, query: u32, key: u32) -> f32 {
  let place = vec4u(matrix / parameters.heads, matrix % parameters.heads, query, key);
  return f32(bias[dot(place, vec4u(parameters.biasBatch, parameters.biasHead, parameters.biasQuery, parameters.biasKey))]);
}`
    : '\nfn biasAt(matrix: u32, query: u32, key: u32) -> f32 { return 0.0; }'
  return `${kept}${bias}\n`
}

/** What attention and its derivative run, by rows or by blocks. */
export interface AttentionPrograms {
  readonly forward: (variant: Variant) => Program
  readonly derivativeByQueries: (variant: Variant) => Program
  readonly derivativeByKeys: (variant: Variant) => Program
}

/** The code of a kernel, which goes by rows or by blocks. */
export interface Code {
  readonly bindings: readonly Binding[]
  /** what it reads by `At` */
  readonly read: readonly Rows[]
  readonly declarations?: string
  readonly body: string
}

export function make(name: string, variant: Variant, code: () => Code): Program {
  return {
    key: `${name} ${Object.values(variant).map(Number).join(' ')}`,
    source: () => {
      const { bindings, read, declarations = '', body } = code()
      const support = halfSupport(variant.half ? 'f16' : 'f32')
      const own = support.functions + elements(variant) + declarations + read.map(reader).join('') + extras(variant)
      return {
        enables: support.enables,
        bindings: variant.half ? bindings.map(inHalf) : bindings,
        parameters,
        workgroup: [flatSize],
        declarations: own + mathFor(own + body),
        body,
      }
    },
  }
}

/** `element(x)` and `element4(x)`: numbers as tensors store them. */
function elements({ half }: Variant): string {
  const [one, four] = half ? ['f16', 'vec4<f16>'] : ['f32', 'vec4f']
  return `
fn element(x: f32) -> ${one} { return ${half ? 'half(x)' : 'x'}; }
fn element4(x: vec4f) -> ${four} { return ${half ? 'half4(x)' : 'x'}; }
`
}

function inHalf(binding: Binding): Binding {
  if (binding.name === pairs.name || binding.name === logSumExp.name) return binding
  return { ...binding, element: binding.element === 'vec4f' ? 'vec4<f16>' : 'f16' }
}

/** Below every score but -∞, which hides a key: the largest so far may not be -∞, whose difference from itself is NaN. */
export const lowest = '-3.4028234663852886e38'

/** ln Σ e^scores of each query. */
export const logSumExp: Binding = { name: 'logSumExp', element: 'f32' }

/** ln Σ e^scores and Σ g y of each query. */
export const pairs: Binding = { name: 'pairs', element: 'vec2f' }

export function biasOf({ biased }: Variant): Binding[] {
  return biased ? [{ name: 'bias', element: 'f32' }] : []
}

/** Rows of the operands of a derivative, and their vectors. */
export function shapesOf({ headSize, valueSize }: Variant): {
  readonly tensors: readonly [q: Rows, k: Rows, v: Rows, g: Rows]
  readonly head: number
  readonly value: number
} {
  const tensors = [
    { name: 'q', size: headSize },
    { name: 'k', size: headSize },
    { name: 'v', size: valueSize },
    { name: 'g', size: valueSize },
  ] as const
  return { tensors, head: vectorsOf(tensors[0]), value: vectorsOf(tensors[2]) }
}
