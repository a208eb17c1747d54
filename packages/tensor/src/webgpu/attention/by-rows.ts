import type { Program } from '../device/program.ts'
import { flatIndex } from '../wgsl/index.ts'
import {
  type AttentionPrograms,
  biasOf,
  bindingOf,
  logSumExp,
  lowest,
  make,
  pairs,
  type Rows,
  repeat,
  shapesOf,
  type Variant,
  vectorsOf,
} from './parts.ts'

/** Writes one row, from variables that hold its vectors. */
function write(rows: Rows, row: string, value: string): string {
  const { name, size } = rows
  const vectors = vectorsOf(rows)
  if (size % 4 === 0) return `  ${repeat(vectors, `${name}[${row} * ${vectors}u + #u] = element4(${value});`)}`
  return Array.from({ length: size }, (_, i) => {
    const vector = value.replaceAll('#', String(Math.floor(i / 4)))
    return `  ${name}[${row} * ${size}u + ${i}u] = element((${vector})[${i % 4}]);`
  }).join('\n')
}

/**
 * One invocation for each query goes through the keys, with the largest score so far and the sum of exponentials below it.
 *
 * @see Milakov & Gimelshein 2018, Online normalizer calculation for softmax
 */
function forward(variant: Variant): Program {
  const [q, k] = [
    { name: 'q', size: variant.headSize },
    { name: 'k', size: variant.headSize },
  ]
  const [v, y] = [
    { name: 'v', size: variant.valueSize },
    { name: 'y', size: variant.valueSize },
  ]
  const [head, value] = [vectorsOf(q), vectorsOf(v)]
  const written = [bindingOf(y, true), { ...logSumExp, written: true }]
  const body = `${flatIndex}  let matrix = index / parameters.queries;
  let query = index % parameters.queries;
  ${repeat(head, 'var own# = vec4f(0.0);')}
  ${repeat(head, 'own# = qAt(index, #u) * parameters.scale;')}
  ${repeat(value, 'var result# = vec4f(0.0);')}
  var largest = ${lowest};
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
  const bindings = [bindingOf(q), bindingOf(k), bindingOf(v), ...biasOf(variant), ...written]
  return make('attention', variant, () => ({ bindings, read: [q, k, v], body }))
}

/** For each query, ln Σ e^scores and Σ g y, which both derivatives need. */
export function rowsOfOutput(variant: Variant): Program {
  const [y, g] = [
    { name: 'y', size: variant.valueSize },
    { name: 'g', size: variant.valueSize },
  ]
  const body = `${flatIndex}  var products = vec4f(0.0);
  ${repeat(vectorsOf(y), 'products += yAt(index, #u) * gAt(index, #u);')}
  pairs[index] = vec2f(logSumExp[index], (products.x + products.y) + (products.z + products.w));`
  const bindings = [bindingOf(y), bindingOf(g), logSumExp, { ...pairs, written: true }]
  const plain = { ...variant, biased: false, drops: false }
  return make('rows of attention', plain, () => ({ bindings, read: [y, g], body }))
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
function derivativeByQueries(variant: Variant): Program {
  const { tensors, head, value } = shapesOf(variant)
  const dq = { name: 'dq', size: variant.headSize }
  const body = `${flatIndex}  let matrix = index / parameters.queries;
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
  return make('attention by queries', variant, () => ({ bindings, read: tensors, body }))
}

/** dk and dv: one invocation for each key goes through the queries. */
function derivativeByKeys(variant: Variant): Program {
  const { tensors, head, value } = shapesOf(variant)
  const [dk, dv] = [
    { name: 'dk', size: variant.headSize },
    { name: 'dv', size: variant.valueSize },
  ]
  const body = `${flatIndex}  let matrix = index / parameters.keys;
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
  return make('attention by keys', variant, () => ({ bindings, read: tensors, body }))
}

/** One invocation for each row of an output. */
export const byRows: AttentionPrograms = { forward, derivativeByQueries, derivativeByKeys }
