import type { Program } from '../device/program.ts'
import {
  type AttentionPrograms,
  biasOf,
  bindingOf,
  type Code,
  logSumExp,
  lowest,
  make,
  pairs,
  type Rows,
  shapesOf,
  type Variant,
} from './parts.ts'
import {
  accumulate,
  blockSize,
  chunksOf,
  complete,
  each,
  memory,
  put,
  results,
  scores,
  store,
  sumByKeys,
  sumByQueries,
} from './tiles.ts'

/**
 * Attention where operands go through workgroup memory: a workgroup has a block of 32 queries, or keys, and goes through
 * the blocks of the other side. Scores of two blocks stay in registers and workgroup memory; q kᵀ is never written.
 *
 * @see Dao 2023, FlashAttention-2
 */

/** Whether heads of these sizes fit: what an invocation sums up are registers. */
export function fitsBlocks({ headSize, valueSize }: Pick<Variant, 'headSize' | 'valueSize'>): boolean {
  return [headSize, valueSize].every((size) => size > 0 && size <= 128)
}

/** The block of a workgroup, `first` of `matrix`, of so many `rows` in `tensor`. */
function place(first: string, rows: string): string {
  return `  let number = group.y * groups.x + group.x;
  if (number >= parameters.count) { return; }
  let blocks = (${rows} + ${blockSize - 1}u) / ${blockSize}u;
  let matrix = number / blocks;
  let ${first} = (number % blocks) * ${blockSize}u;
  let across = lane % 8u;
  let down = lane / 8u;`
}

/** Goes through blocks of the other side. */
function through(first: string, rows: string, body: string): string {
  return `  for (var ${first} = 0u; ${first} < ${rows}; ${first} += ${blockSize}u) {
${body}
  }`
}

function forward(variant: Variant): Program {
  return make('attention by blocks', variant, () => forwardCode(variant))
}

/**
 * e^(scores - the largest so far), with the sum of those; what was summed up before is scaled down to the new largest.
 *
 * @see Milakov & Gimelshein 2018, Online normalizer calculation for softmax
 */
function weightsOfScores(chunks: number): string {
  return `${each((i) => `    score${i} = complete(score${i}, matrix, firstQuery + down + ${8 * i}u, firstKey + 4u * across);`)}
    ofRows[lane] = vec4f(${each((i) => `most(score${i})`, ', ')});
    workgroupBarrier();
    var larger = largest;
    for (var i = 0u; i < 8u; i++) { larger = max(larger, ofRows[8u * down + i]); }
    let less = exponential4(largest - larger);
    largest = larger;
${each((i) => `    score${i} = exponential4(score${i} - vec4f(largest[${i}]));`)}
    total = total * less + vec4f(${each((i) => `dot(score${i}, vec4f(1.0))`, ', ')});
${put((i) => `score${i} * keptAll(matrix, firstQuery + down + ${8 * i}u, firstKey + 4u * across)`)}
${Array.from({ length: chunks }, (_, c) => each((i) => `    result${c}_${i} *= less[${i}];`)).join('\n')}`
}

function forwardCode(variant: Variant): Code {
  const {
    tensors: [q, k, v],
  } = shapesOf(variant)
  const y = { name: 'y', size: variant.valueSize }
  const body = `${place('firstQuery', 'parameters.queries')}
  var largest = vec4f(${lowest});
  var total = vec4f(0.0);
${results('result', v)}
${through(
  'firstKey',
  'parameters.keys',
  `${scores('score', { ...q, factor: ' * parameters.scale' }, k)}
${weightsOfScores(chunksOf(v).chunks)}
${accumulate('result', v, sumByQueries)}`,
)}
  workgroupBarrier();
  ofRows[lane] = total;
  workgroupBarrier();
  var sums = vec4f(0.0);
  for (var i = 0u; i < 8u; i++) { sums += ofRows[8u * down + i]; }
${store('result', y, { first: 'firstQuery', rows: 'parameters.queries', row: (i) => `down + ${8 * i}u`, share: (i) => ` / sums[${i}]` })}
${each(
  (i) => `  if (across == 0u && firstQuery + down + ${8 * i}u < parameters.queries) {
    logSumExp[matrix * parameters.queries + firstQuery + down + ${8 * i}u] = largest[${i}] + logarithm(sums[${i}]);
  }`,
)}`
  return {
    bindings: [
      ...[q, k, v].map((rows) => bindingOf(rows)),
      ...biasOf(variant),
      bindingOf(y, true),
      { ...logSumExp, written: true },
    ],
    read: [q, k, v],
    declarations: `${memory}${complete(variant)}fn most(x: vec4f) -> f32 { return max(max(x.x, x.y), max(x.z, x.w)); }\n`,
    body,
  }
}

/** `score`, e^(scores - ln Σ e^scores), and `share`, g vᵀ, of the two blocks. */
function derivativeOfScores(q: Rows, k: Rows, v: Rows, g: Rows): string {
  return `${scores('score', { ...q, factor: ' * parameters.scale' }, k)}
${scores('share', g, v)}
${each((i) => {
  const query = `firstQuery + down + ${8 * i}u`
  return `    let pair${i} = pairs[matrix * parameters.queries + min(${query}, parameters.queries - 1u)];
    score${i} = exponential4(complete(score${i}, matrix, ${query}, firstKey + 4u * across) - vec4f(pair${i}.x));
    let kept${i} = keptAll(matrix, ${query}, firstKey + 4u * across);
    share${i} = score${i} * (share${i} * kept${i} - vec4f(pair${i}.y)) * parameters.scale;`
})}`
}

/** dq: a workgroup for each block of queries goes through the keys. */
function derivativeByQueries(variant: Variant): Program {
  return make('attention by blocks of queries', variant, () => {
    const {
      tensors: [q, k, v, g],
    } = shapesOf(variant)
    const dq = { name: 'dq', size: variant.headSize }
    const body = `${place('firstQuery', 'parameters.queries')}
${results('result', k)}
${through(
  'firstKey',
  'parameters.keys',
  `${derivativeOfScores(q, k, v, g)}
${put((i) => `share${i}`)}
${accumulate('result', k, sumByQueries)}`,
)}
${store('result', dq, { first: 'firstQuery', rows: 'parameters.queries', row: (i) => `down + ${8 * i}u` })}`
    return derivativeCode(variant, [dq], body)
  })
}

/** dk and dv: a workgroup for each block of keys goes through the queries. */
function derivativeByKeys(variant: Variant): Program {
  return make('attention by blocks of keys', variant, () => {
    const {
      tensors: [q, k, v, g],
    } = shapesOf(variant)
    const [dk, dv] = [
      { name: 'dk', size: variant.headSize },
      { name: 'dv', size: variant.valueSize },
    ]
    const own = { first: 'firstKey', rows: 'parameters.keys', row: (i: number) => `4u * down + ${i}u` }
    const body = `${place('firstKey', 'parameters.keys')}
${results('ofKey', q)}
${results('ofValue', g)}
${through(
  'firstQuery',
  'parameters.queries',
  `${derivativeOfScores(q, k, v, g)}
${put((i) => `score${i} * kept${i}`)}
${accumulate('ofValue', g, sumByKeys)}
${put((i) => `share${i}`)}
${accumulate('ofKey', q, sumByKeys)}`,
)}
${store('ofKey', dk, own)}
${store('ofValue', dv, own)}`
    return derivativeCode(variant, [dk, dv], body)
  })
}

function derivativeCode(variant: Variant, written: readonly Rows[], body: string): Code {
  const { tensors } = shapesOf(variant)
  return {
    bindings: [
      ...tensors.map((rows) => bindingOf(rows)),
      pairs,
      ...biasOf(variant),
      ...written.map((rows) => bindingOf(rows, true)),
    ],
    read: tensors,
    declarations: memory + complete(variant),
    body,
  }
}

/** A workgroup for each block of 32 rows of an output. */
export const byBlocks: AttentionPrograms = { forward, derivativeByQueries, derivativeByKeys }
