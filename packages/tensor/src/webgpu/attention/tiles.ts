import { type Rows, type Variant, vectorsOf } from './parts.ts'

/** Queries of a block, and keys. */
export const blockSize = 32

/** Vectors from row to row: one more than are used, so that rows begin in different banks of workgroup memory. */
const stride = 9

const tileVectors = blockSize * stride

/**
 * 8 x 8 invocations: `across` has four neighbouring keys, or a vector of a row, and `down` has rows down, down + 8, ... of
 * the queries. 14.5 of the 16 KB that every device has.
 */
export const memory: string = `
var<workgroup> left: array<vec4f, ${tileVectors}>;
var<workgroup> right: array<vec4f, ${tileVectors}>;
var<workgroup> weights: array<vec4f, ${tileVectors}>;
var<workgroup> ofRows: array<vec4f, 64>;
`

/** Rows go through workgroup memory by chunks of `width` vectors, 8 at most. */
export function chunksOf(rows: Rows): { readonly chunks: number; readonly width: number } {
  const vectors = vectorsOf(rows)
  const chunks = Math.ceil(vectors / 8)
  return { chunks, width: Math.ceil(vectors / chunks) }
}

/** Text for each of the four rows of an invocation. */
export function each(text: (i: number) => string, between = '\n'): string {
  return [0, 1, 2, 3].map(text).join(between)
}

/** `complete`, scores with their bias, -∞ where no key is; `keptAll`, what four weights are multiplied with. */
export function complete({ biased, drops }: Variant): string {
  const outside = 'vec4u(key) + vec4u(0u, 1u, 2u, 3u) < vec4u(parameters.keys)'
  const four = (name: string): string => `vec4f(${each((j) => `${name}(matrix, query, key + ${j}u)`, ', ')})`
  // Beyond the last key there is no bias to read.
  const sum = biased
    ? each((j) => `  if (key + ${j}u < parameters.keys) { sum[${j}] += biasAt(matrix, query, key + ${j}u); }`)
    : ''
  return `fn complete(score: vec4f, matrix: u32, query: u32, key: u32) -> vec4f {
  if (query >= parameters.queries) { return vec4f(-infinity()); }
  var sum = score;
${sum}
  return select(vec4f(-infinity()), sum, ${outside});
}
fn keptAll(matrix: u32, query: u32, key: u32) -> vec4f { return ${drops ? four('kept') : 'vec4f(1.0)'}; }
`
}

/** Rows that are multiplied with a number as they come. */
type Scaled = Rows & { readonly factor?: string }

/** The number of the first row of a block, and how many there are. */
function side(name: string): { readonly first: string; readonly rows: string } {
  return name === 'k' || name === 'v'
    ? { first: 'firstKey', rows: 'parameters.keys' }
    : { first: 'firstQuery', rows: 'parameters.queries' }
}

/** Copies a chunk of a block of rows to workgroup memory, with zeros beyond the edges. */
function fill(tile: 'left' | 'right', rows: Scaled, chunk: string, slot = 'row'): string {
  const { name, factor = '' } = rows
  const { chunks, width } = chunksOf(rows)
  const { first, rows: count } = side(name)
  const inside = chunks * width > vectorsOf(rows) ? ` && vector < ${vectorsOf(rows)}u` : ''
  return `      for (var v = lane; v < ${blockSize * width}u; v += 64u) {
        let row = v / ${width}u;
        let vector = ${chunk} * ${width}u + v % ${width}u;
        var four = vec4f(0.0);
        if (${first} + row < ${count}${inside}) { four = ${name}At(matrix * ${count} + ${first} + row, vector)${factor}; }
        ${tile}[(${slot}) * ${stride}u + v % ${width}u] = four;
      }`
}

/** `score0` to `score3`: products of four rows of queries with four of keys each. */
export function scores(name: string, queries: Scaled, keys: Rows): string {
  const { chunks, width } = chunksOf(queries)
  // Neighbouring invocations read keys from neighbouring rows of the tile.
  const spread = '(row % 4u) * 8u + row / 4u'
  return `${each((i) => `    var ${name}${i} = vec4f(0.0);`)}
    for (var chunk = 0u; chunk < ${chunks}u; chunk++) {
      workgroupBarrier();
${fill('left', queries, 'chunk')}
${fill('right', keys, 'chunk', spread)}
      workgroupBarrier();
      for (var d = 0u; d < ${width}u; d++) {
${each((j) => `        let key${j} = right[(${8 * j}u + across) * ${stride}u + d];`)}
${each(
  (i) => `        let query${i} = left[(down + ${8 * i}u) * ${stride}u + d];
        ${name}${i} += vec4f(${each((j) => `dot(query${i}, key${j})`, ', ')});`,
)}
      }
    }`
}

/** Writes weights of all pairs of the two blocks. */
export function put(value: (i: number) => string): string {
  return `    workgroupBarrier();
${each((i) => `    weights[(down + ${8 * i}u) * ${stride}u + across] = ${value(i)};`)}`
}

export function results(name: string, rows: Rows): string {
  return Array.from({ length: chunksOf(rows).chunks }, (_, c) =>
    each((i) => `  var ${name}${c}_${i} = vec4f(0.0);`),
  ).join('\n')
}

/** For queries, Σ over keys: an invocation has its four queries. */
export function sumByQueries(result: string): string {
  return `      for (var k = 0u; k < 8u; k++) {
${each((j) => `        let row${j} = right[(4u * k + ${j}u) * ${stride}u + across];`)}
${each(
  (i) => `        let weight${i} = weights[(down + ${8 * i}u) * ${stride}u + k];
        ${result}_${i} += weight${i}.x * row0 + weight${i}.y * row1 + weight${i}.z * row2 + weight${i}.w * row3;`,
)}
      }`
}

/** For keys, Σ over queries: an invocation has four neighbouring keys. */
export function sumByKeys(result: string): string {
  return `      for (var query = 0u; query < ${blockSize}u; query++) {
        let weight = weights[query * ${stride}u + down];
        let row = right[query * ${stride}u + across];
${each((i) => `        ${result}_${i} += weight[${i}] * row;`)}
      }`
}

/** Adds weights times rows to results, chunk by chunk. */
export function accumulate(name: string, rows: Rows, sums: (result: string) => string): string {
  return Array.from(
    { length: chunksOf(rows).chunks },
    (_, c) => `    workgroupBarrier();
    {
${fill('right', rows, `${c}u`)}
      workgroupBarrier();
${sums(`${name}${c}`)}
    }`,
  ).join('\n')
}

/** Where the rows of results go. */
interface Place {
  readonly first: string
  readonly rows: string
  readonly row: (i: number) => string
  /** what they are multiplied with */
  readonly share?: (i: number) => string
}

export function store(result: string, output: Rows, { first, rows, row, share = () => '' }: Place): string {
  const { chunks, width } = chunksOf(output)
  const { name, size } = output
  const vectors = vectorsOf(output)
  return Array.from({ length: chunks }, (_, c) =>
    each((i) => {
      const at = `(matrix * ${rows} + ${first} + ${row(i)})`
      const vector = `(across + ${c * width}u)`
      const write =
        size % 4 === 0
          ? `${name}[${at} * ${vectors}u + ${vector}] = element4(result);`
          : each(
              (k) =>
                `if (4u * ${vector} + ${k}u < ${size}u) { ${name}[${at} * ${size}u + 4u * ${vector} + ${k}u] = element(result[${k}]); }`,
              ' ',
            )
      return `  if (across < ${width}u && ${vector} < ${vectors}u && ${first} + ${row(i)} < ${rows}) {
    let result = ${result}${c}_${i}${share(i)};
    ${write}
  }`
    }),
  ).join('\n')
}
