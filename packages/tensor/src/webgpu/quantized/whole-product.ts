import type { FusedKernels } from '../../backend.ts'
import type { Program } from '../device/program.ts'
import type { Machine } from '../machine.ts'
import { component, upTo } from '../product/totals.ts'
import { flat, flatSize, folded } from '../wgsl/index.ts'
import { type ColumnSums, fewRows, runByColumns } from './by-columns.ts'
import { type WholeLayout, wholeBindings, wholeReader } from './whole-codes.ts'
import { codesAtOnce, withWholeRows } from './whole-rows.ts'

/** The element of y, or those of four columns. */
const scaled = (total: string, step: string, scale: string): string => `${total} * (${step} * ${scale})`

function columnSums(layout: WholeLayout, rows: number): ColumnSums {
  return {
    key: `quantizedLinear ${layout.codes} ${layout.packedDot}`,
    bindings: wholeBindings(layout),
    biased: layout.biased,
    sum: 'i32',
    places: codesAtOnce,
    declarations: wholeReader(layout),
    read: `    let words = codesAt(column, k);
${upTo(4)
  .map((i) => `    let weights${i} = codesOf(words.${component(i)});`)
  .join('\n')}
${upTo(rows)
  .map((row) => `    let row${row} = qAt(${row}u, k);`)
  .join('\n')}`,
    term: (row) =>
      upTo(4)
        .map((i) => `dotOf(codesOf(row${row}.${component(i)}), weights${i})`)
        .join(' + '),
    result: (row, total) => scaled(`f32(${total})`, `steps[${row}u]`, 'scales[column]'),
  }
}

/** An invocation makes 4 x 4 elements of y. A workgroup that shares what it reads has 8 x 8 of them, so 32 rows by 32 columns. */
const across = 8
const tile = 4 * across
/** Vectors of codes that are copied to workgroup memory at once: as many of both operands as there are invocations. */
const depth = 4

/** Adds the products of a word of each of four rows with one of each of four columns. */
function addProducts(a: (row: number) => string, b: (column: number) => string): string {
  const codes = upTo(4).map((i) => `      let row${i} = codesOf(${a(i)});\n      let column${i} = codesOf(${b(i)});\n`)
  const sums = upTo(4).map((row) => {
    const products = upTo(4).map((column) => `dotOf(row${row}, column${column})`)
    return `      total${row} += vec4i(${products.join(', ')});\n`
  })
  return `    {\n${codes.join('')}${sums.join('')}    }\n`
}

/** Each invocation reads what it multiplies. */
const direct = `  for (var k = 0u; k < parameters.inner; k += ${codesAtOnce}u) {
${upTo(4)
  .map((i) => `    let a${i} = qAt(rows[${i}], k);\n    let b${i} = codesAt(columns[${i}], k);\n`)
  .join('')}${upTo(4)
  .map((word) =>
    addProducts(
      (row) => `a${row}.${component(word)}`,
      (column) => `b${column}.${component(word)}`,
    ),
  )
  .join('')}  }
`

/** Half of the workgroup copies a step of rows to its memory, the other half one of columns, four by four words turned. */
const shared = `  for (var k0 = 0u; k0 < parameters.inner; k0 += ${depth * codesAtOnce}u) {
    let quad = lane % ${across}u;
    let vector = (lane / ${across}u) % ${depth}u;
    let k = k0 + ${codesAtOnce}u * vector;
    let ofRows = lane < ${across * depth}u;
    var four: array<vec4u, 4>;
    if (ofRows) {
      let first = rowStart + 4u * quad;
      for (var i = 0u; i < 4u; i++) { four[i] = qAt(min(first + i, parameters.rows - 1u), k); }
    } else {
      let first = columnStart + 4u * quad;
      for (var i = 0u; i < 4u; i++) { four[i] = codesAt(min(first + i, parameters.columns - 1u), k); }
    }
    let start = select(${4 * depth * across}u, 0u, ofRows) + 4u * vector * ${across}u + quad;
${upTo(4)
  .map((word) => {
    const turned = upTo(4).map((i) => `four[${i}].${component(word)}`)
    return `    words[start + ${word * across}u] = vec4u(${turned.join(', ')});\n`
  })
  .join('')}    workgroupBarrier();
    for (var step = 0u; step < ${4 * depth}u; step++) {
      let a = words[step * ${across}u + local.y];
      let b = words[${4 * depth * across}u + step * ${across}u + local.x];
${addProducts(
  (row) => `a.${component(row)}`,
  (column) => `b.${component(column)}`,
)}    }
    workgroupBarrier();
  }
`

/** Where an invocation's elements begin, among the tiles of workgroups. */
const ofTile = `  let tilesAcross = (parameters.columns + ${tile - 1}u) / ${tile}u;
  let rowStart = (index / tilesAcross) * ${tile}u;
  let columnStart = (index % tilesAcross) * ${tile}u;
  let row = rowStart + 4u * local.y;
  let column = columnStart + 4u * local.x;
`
/** The same where they are one after the other. */
const ofInvocation = `  let quadsAcross = (parameters.columns + 3u) / 4u;
  let quad = index * ${flatSize}u + lane;
  let row = (quad / quadsAcross) * 4u;
  let column = (quad % quadsAcross) * 4u;
`

function inTiles(layout: WholeLayout, workgroupMemory: boolean): Program {
  const { codes, packedDot, biased } = layout
  return {
    key: `quantizedLinear in tiles ${codes} ${packedDot} ${biased} ${workgroupMemory}`,
    source: () => ({
      bindings: [
        ...wholeBindings(layout),
        ...(biased ? [{ name: 'bias', element: 'f32' }] : []),
        { name: 'y', element: 'f32', written: true },
      ],
      parameters: { rows: 'u32', columns: 'u32', inner: 'u32' },
      workgroup: workgroupMemory ? [across, across] : [flatSize],
      declarations:
        wholeReader(layout) +
        (workgroupMemory ? `var<workgroup> words: array<vec4u, ${2 * 4 * depth * across}>;\n` : ''),
      body: `  let index = group.y * groups.x + group.x;
${workgroupMemory ? ofTile : ofInvocation}  let rows = min(vec4u(row) + vec4u(0u, 1u, 2u, 3u), vec4u(parameters.rows - 1u));
  let columns = min(vec4u(column) + vec4u(0u, 1u, 2u, 3u), vec4u(parameters.columns - 1u));
${upTo(4)
  .map((i) => `  var total${i} = vec4i();\n`)
  .join('')}${workgroupMemory ? shared : direct}  let scale = ${each4('scales')};
${biased ? `  let biases = ${each4('bias')};` : ''}
${upTo(4)
  .map((i) => store(i, biased))
  .join('')}`,
    }),
  }
}

/** Numbers of four columns. */
function each4(name: string): string {
  return `vec4f(${upTo(4)
    .map((i) => `${name}[columns[${i}]]`)
    .join(', ')})`
}

/** Writes what there is of one of an invocation's four rows. */
function store(i: number, biased: boolean): string {
  return `  if (row + ${i}u < parameters.rows) {
    let sum = ${scaled(`vec4f(total${i})`, `steps[rows[${i}]]`, 'scale')}${biased ? ' + biases' : ''};
    let place = (row + ${i}u) * parameters.columns + column;
${upTo(4)
  .map((j) => `    if (column + ${j}u < parameters.columns) { y[place + ${j}u] = sum[${j}]; }\n`)
  .join('')}  }
`
}

/** Rows of x become whole numbers, then their products are summed as i32: exactly, in whatever order. */
export function wholeProduct(machine: Machine): Pick<FusedKernels, 'quantizedLinear'> {
  return {
    quantizedLinear: ([x, codes, scales, bias], _, [y]) => {
      if (y!.size === 0) return
      const [columns, inner] = codes!.shape as [number, number]
      const sizes = { rows: x!.size / inner, columns, inner }
      const layout: WholeLayout = {
        codes: inner % codesAtOnce === 0 ? 'vectors' : inner % 4 === 0 ? 'words' : 'bytes',
        packedDot: machine.packedDotProducts,
        biased: bias !== undefined,
      }
      withWholeRows(machine, x!, sizes, (q, steps) => {
        const operands = [q, steps, codes!, scales!, ...(bias ? [bias] : []), y!]
        if (sizes.rows <= fewRows) runByColumns(machine, columnSums(layout, sizes.rows), operands, sizes)
        else {
          const tilesOf = (size: number): number => Math.ceil(sizes.rows / size) * Math.ceil(columns / size)
          const grid = machine.workgroupMemory ? folded(tilesOf(tile)) : flat(tilesOf(4))
          const program = inTiles(layout, machine.workgroupMemory)
          machine.run(program, operands, [sizes.rows, columns, inner], grid)
        }
      })
    },
  }
}
