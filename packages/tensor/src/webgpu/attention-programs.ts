import type { Binding, Program, Word } from './program.ts'
import { philox } from './randomness.ts'
import { flatIndex, flatSize } from './wgsl/index.ts'
import { mathFor } from './wgsl/math.ts'

/** What the code depends on. */
export interface Variant {
  readonly headSize: number
  readonly valueSize: number
  readonly biased: boolean
  readonly drops: boolean
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
interface Rows {
  readonly name: string
  readonly size: number
}

function vectorsOf({ size }: Rows): number {
  return Math.ceil(size / 4)
}

function bindingOf({ name, size }: Rows, written = false): Binding {
  return { name, element: size % 4 === 0 ? 'vec4f' : 'f32', written }
}

/** `fn qAt(row, #u) -> vec4f` */
function reader(rows: Rows): string {
  const { name, size } = rows
  const head = `fn ${name}At(row: u32, d: u32) -> vec4f {`
  if (size % 4 === 0) return `${head} return ${name}[row * ${size / 4}u + d]; }\n`
  const components = [0, 1, 2, 3].map(
    (k) => `  if (4u * d + ${k}u < ${size}u) { four[${k}] = ${name}[row * ${size}u + 4u * d + ${k}u]; }`,
  )
  return `${head}
  var four = vec4f(0.0);
${components.join('\n')}
  return four;
}
`
}

/** Writes one row, from variables that hold its vectors. */
function write(rows: Rows, row: string, value: string): string {
  const { name, size } = rows
  const vectors = vectorsOf(rows)
  if (size % 4 === 0) return `  ${repeat(vectors, `${name}[${row} * ${vectors}u + #u] = ${value};`)}`
  return Array.from({ length: size }, (_, i) => {
    const vector = value.replaceAll('#', String(Math.floor(i / 4)))
    return `  ${name}[${row} * ${size}u + ${i}u] = (${vector})[${i % 4}];`
  }).join('\n')
}

/** Written out, with `#` for the place: arrays of an invocation are slow where their index is not known beforehand. */
function repeat(count: number, body: string): string {
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
  return bias[dot(place, vec4u(parameters.biasBatch, parameters.biasHead, parameters.biasQuery, parameters.biasKey))];
}`
    : '\nfn biasAt(matrix: u32, query: u32, key: u32) -> f32 { return 0.0; }'
  return `${kept}${bias}\n`
}

function make(
  name: string,
  variant: Variant,
  bindings: readonly Binding[],
  read: readonly Rows[],
  body: string,
): Program {
  return {
    key: `${name} ${Object.values(variant).map(Number).join(' ')}`,
    source: () => ({
      bindings,
      parameters,
      workgroup: [flatSize],
      declarations: read.map(reader).join('') + extras(variant) + mathFor(body),
      body: flatIndex + body,
    }),
  }
}

const pairs: Binding = { name: 'pairs', element: 'vec2f' }

function biasOf({ biased }: Variant): Binding[] {
  return biased ? [{ name: 'bias', element: 'f32' }] : []
}

/**
 * One invocation for each query goes through the keys, with the largest score so far and the sum of exponentials below it.
 *
 * @see Milakov & Gimelshein 2018, Online normalizer calculation for softmax
 */
export function forward(variant: Variant): Program {
  const [q, k] = [
    { name: 'q', size: variant.headSize },
    { name: 'k', size: variant.headSize },
  ]
  const [v, y] = [
    { name: 'v', size: variant.valueSize },
    { name: 'y', size: variant.valueSize },
  ]
  const [head, value] = [vectorsOf(q), vectorsOf(v)]
  const written = [bindingOf(y, true), { name: 'logSumExp', element: 'f32', written: true }]
  const body = `  let matrix = index / parameters.queries;
  let query = index % parameters.queries;
  ${repeat(head, 'var own# = vec4f(0.0);')}
  ${repeat(head, 'own# = qAt(index, #u) * parameters.scale;')}
  ${repeat(value, 'var result# = vec4f(0.0);')}
  var largest = -infinity();
  var total = 0.0;
  for (var key = 0u; key < parameters.keys; key++) {
    let row = matrix * parameters.keys + key;
    var products = vec4f(0.0);
    ${repeat(head, 'products += own# * kAt(row, #u);')}
    let score = (products.x + products.y) + (products.z + products.w) + biasAt(matrix, query, key);
    if (score > largest) {
      let less = exponential(largest - score);
      total *= less;
      ${repeat(value, 'result# *= less;')}
      largest = score;
    }
    let weight = exponential(score - largest);
    total += weight;
    let counts = weight * kept(matrix, query, key);
    ${repeat(value, 'result# += counts * vAt(row, #u);')}
  }
${write(y, 'index', 'result# / total')}
  logSumExp[index] = largest + logarithm(total);`
  return make(
    'attention',
    variant,
    [bindingOf(q), bindingOf(k), bindingOf(v), ...biasOf(variant), ...written],
    [q, k, v],
    body,
  )
}

/** For each query, ln Σ e^scores and Σ g y, which both derivatives need. */
export function rowsOfOutput(variant: Variant): Program {
  const [y, g] = [
    { name: 'y', size: variant.valueSize },
    { name: 'g', size: variant.valueSize },
  ]
  const body = `  var products = vec4f(0.0);
  ${repeat(vectorsOf(y), 'products += yAt(index, #u) * gAt(index, #u);')}
  pairs[index] = vec2f(logSumExp[index], (products.x + products.y) + (products.z + products.w));`
  const bindings = [bindingOf(y), bindingOf(g), { name: 'logSumExp', element: 'f32' }, { ...pairs, written: true }]
  return make('rows of attention', { ...variant, biased: false, drops: false }, bindings, [y, g], body)
}

/** `score`, of rows of q and k, `own` scaled already; and `ds` and `weight`, the kept share, of it. */
function derivativeOfScore(head: number, value: number, score: string, dp: string): string {
  return `var products = vec4f(0.0);
    ${repeat(head, `products += ${score};`)}
    let score = (products.x + products.y) + (products.z + products.w) + biasAt(matrix, query, key);
    var shares = vec4f(0.0);
    ${repeat(value, `shares += ${dp};`)}
    let p = exponential(score - pair.x);
    let keeps = kept(matrix, query, key);
    let dp = ((shares.x + shares.y) + (shares.z + shares.w)) * keeps;
    let ds = p * (dp - pair.y) * parameters.scale;`
}

/** dq: one invocation for each query goes through the keys. */
export function derivativeByQueries(variant: Variant): Program {
  const { tensors, head, value } = shapesOf(variant)
  const [q, k, v, g] = tensors
  const dq = { name: 'dq', size: variant.headSize }
  const body = `  let matrix = index / parameters.queries;
  let query = index % parameters.queries;
  let pair = pairs[index];
  ${repeat(head, 'var own# = vec4f(0.0);')}
  ${repeat(head, 'own# = qAt(index, #u) * parameters.scale;')}
  ${repeat(value, 'var upon# = vec4f(0.0);')}
  ${repeat(value, 'upon# = gAt(index, #u);')}
  ${repeat(head, 'var result# = vec4f(0.0);')}
  for (var key = 0u; key < parameters.keys; key++) {
    let row = matrix * parameters.keys + key;
    ${derivativeOfScore(head, value, 'own# * kAt(row, #u)', 'upon# * vAt(row, #u)')}
    ${repeat(head, 'result# += ds * kAt(row, #u);')}
  }
${write(dq, 'index', 'result#')}`
  const bindings = [...tensors.map((rows) => bindingOf(rows)), pairs, ...biasOf(variant), bindingOf(dq, true)]
  return make('attention by queries', variant, bindings, [q, k, v, g], body)
}

/** dk and dv: one invocation for each key goes through the queries. */
export function derivativeByKeys(variant: Variant): Program {
  const { tensors, head, value } = shapesOf(variant)
  const [dk, dv] = [
    { name: 'dk', size: variant.headSize },
    { name: 'dv', size: variant.valueSize },
  ]
  const body = `  let matrix = index / parameters.keys;
  let key = index % parameters.keys;
  ${repeat(head, 'var own# = vec4f(0.0);')}
  ${repeat(head, 'own# = kAt(index, #u) * parameters.scale;')}
  ${repeat(value, 'var upon# = vec4f(0.0);')}
  ${repeat(value, 'upon# = vAt(index, #u);')}
  ${repeat(head, 'var ofKey# = vec4f(0.0);')}
  ${repeat(value, 'var ofValue# = vec4f(0.0);')}
  for (var query = 0u; query < parameters.queries; query++) {
    let row = matrix * parameters.queries + query;
    let pair = pairs[row];
    ${derivativeOfScore(head, value, 'own# * qAt(row, #u)', 'upon# * gAt(row, #u)')}
    ${repeat(head, 'ofKey# += ds * qAt(row, #u);')}
    ${repeat(value, 'ofValue# += p * keeps * gAt(row, #u);')}
  }
${write(dk, 'index', 'ofKey#')}
${write(dv, 'index', 'ofValue#')}`
  const bindings = [
    ...tensors.map((rows) => bindingOf(rows)),
    pairs,
    ...biasOf(variant),
    bindingOf(dk, true),
    bindingOf(dv, true),
  ]
  return make('attention by keys', variant, bindings, tensors, body)
}

function shapesOf({ headSize, valueSize }: Variant): {
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
