import type { Program } from './program.ts'
import { walkOver } from './wgsl/walk.ts'

/** How operands and output lie in memory. */
export interface Layout {
  /** a is stored `[inner, rows]` rather than `[rows, inner]` */
  readonly transposeA: boolean
  /** b is stored `[columns, inner]` rather than `[inner, columns]` */
  readonly transposeB: boolean
  /** whether rows as stored are made of fours, so that four neighbours can be read at once */
  readonly vectorsA: boolean
  readonly vectorsB: boolean
  readonly vectorsY: boolean
  /** whether the inner axis is made of whole steps (of a tile, or four), too, so that nothing has to be read as 0 */
  readonly whole: boolean
  readonly biased: boolean
  /** of the batch */
  readonly axes: number
}

/** A workgroup of x · y invocations makes 4y rows of 4x columns. */
export interface Tile {
  readonly x: number
  readonly y: number
  /** steps along the inner axis, for which operands are copied to workgroup memory; 0 reads them where they are */
  readonly inner: number
}

/** What the code needs of one operand. */
interface Side {
  readonly name: 'a' | 'b'
  readonly vectors: boolean
  /** whether four neighbours in memory are neighbours along the inner axis */
  readonly alongInner: boolean
  /** rows of the output that a tile has, or columns */
  readonly lanes: number
}

/** `fn readA(start, sizes, row, column) -> vec4f`: four neighbours of a stored row; zeros outside, or anything. */
function reader({ name, vectors }: Side, whole: boolean): string {
  const letter = name.toUpperCase()
  const head = `fn read${letter}(start: u32, sizes: vec2u, row: u32, column: u32) -> vec4f {`
  if (whole) {
    return `${head}
  return ${name}[(start + min(row, sizes.x - 1u) * sizes.y + min(column, sizes.y - 4u)) / 4u];
}
`
  }
  if (vectors) {
    return `${head}
  if (row < sizes.x && column < sizes.y) { return ${name}[(start + row * sizes.y + column) / 4u]; }
  return vec4f(0.0);
}
`
  }
  const each = [0, 1, 2, 3].map((k) => `  if (column + ${k}u < sizes.y) { four[${k}] = ${name}[place + ${k}u]; }`)
  return `${head}
  var four = vec4f(0.0);
  if (row >= sizes.x) { return four; }
  let place = start + row * sizes.y + column;
${each.join('\n')}
  return four;
}
`
}

/** Copies a tile of an operand to workgroup memory, as it is stored. */
function fill({ name, alongInner, lanes }: Side, { x, y, inner }: Tile): string {
  const perRow = (alongInner ? inner : lanes) / 4
  const count = (lanes * inner) / 4
  const [row, column] = alongInner ? [`${name}Start + v / ${perRow}u`, 'k0'] : [`k0 + v / ${perRow}u`, `${name}Start`]
  return `    for (var v = lane; v < ${count}u; v += ${x * y}u) {
      ${name}Tile[v] = read${name.toUpperCase()}(${name}Matrix, ${name}Sizes, ${row}, ${column} + 4u * (v % ${perRow}u));
    }`
}

/** Four vectors of a tile: of one lane each along the inner axis, or of one place of the inner axis each. */
function fetchFromTile({ name, alongInner, lanes }: Side, { inner }: Tile): string {
  return fetch(name, (j) =>
    alongInner
      ? `${name}Tile[(4u * ${threads[name]} + ${j}u) * ${inner / 4}u + k]`
      : `${name}Tile[(4u * k + ${j}u) * ${lanes / 4}u + ${threads[name]}]`,
  )
}

/** The same of an operand where it lies, with what is needed before the loop. */
function fetchDirectly(
  { name, alongInner }: Side,
  whole: boolean,
): { readonly before: string; readonly fetch: string } {
  const lane = `${name}Start + 4u * ${threads[name]}`
  if (!whole) {
    const read = `read${name.toUpperCase()}(${name}Matrix, ${name}Sizes,`
    const at = (j: number): string =>
      alongInner ? `${read} ${lane} + ${j}u, 4u * k)` : `${read} 4u * k + ${j}u, ${lane})`
    return { before: '', fetch: fetch(name, at) }
  }
  // Invocations beyond the edge read what others read, and store nothing.
  if (alongInner) {
    const rows = [0, 1, 2, 3].map(
      (j) =>
        `  let ${name}Row${j} = (${name}Matrix + min(${lane} + ${j}u, ${name}Sizes.x - 1u) * ${name}Sizes.y) / 4u;`,
    )
    return { before: rows.join('\n'), fetch: fetch(name, (j) => `${name}[${name}Row${j} + k]`) }
  }
  const before = `  let ${name}Column = (${name}Matrix + min(${lane}, ${name}Sizes.y - 4u)) / 4u;
  let ${name}Step = ${name}Sizes.y / 4u;`
  return { before, fetch: fetch(name, (j) => `${name}[${name}Column + (4u * k + ${j}u) * ${name}Step]`) }
}

const threads = { a: 'local.y', b: 'local.x' } as const

function fetch(name: string, place: (j: number) => string): string {
  return [0, 1, 2, 3].map((j) => `      let ${name}${j} = ${place(j)};`).join('\n')
}

const components = ['x', 'y', 'z', 'w'] as const

/** Sixteen multiply-adds for each of four places of the inner axis. */
function multiply(a: Side, b: Side): string {
  return [0, 1, 2, 3]
    .map((k) => {
      const c = components[k]
      const row = b.alongInner ? `vec4f(b0.${c}, b1.${c}, b2.${c}, b3.${c})` : `b${k}`
      const lines = [0, 1, 2, 3].map(
        (r) => `        total${r} += ${a.alongInner ? `a${r}.${c}` : `a${k}.${components[r]}`} * row;`,
      )
      return `      {
        let row = ${row};
${lines.join('\n')}
      }`
    })
    .join('\n')
}

/** Writes one row of four columns. */
function store({ vectorsY, biased }: Layout): string {
  const bias = biased
    ? '  var sum = total + vec4f(bias[column], bias[column + 1u], bias[column + 2u], bias[column + 3u]);'
    : '  let sum = total;'
  const write = vectorsY
    ? '  y[place / 4u] = sum;'
    : [0, 1, 2, 3].map((k) => `  if (column + ${k}u < parameters.columns) { y[place + ${k}u] = sum[${k}]; }`).join('\n')
  return `fn store(matrix: u32, row: u32, column: u32, total: vec4f) {
  if (row >= parameters.rows || column >= parameters.columns) { return; }
${bias}
  let place = (matrix * parameters.rows + row) * parameters.columns + column;
${write}
}
`
}

/** All of the inner axis, where operands are read where they are. */
function direct(a: Side, b: Side, whole: boolean): string {
  const [left, right] = [fetchDirectly(a, whole), fetchDirectly(b, whole)]
  return `${left.before}
${right.before}
  let steps = (parameters.inner + 3u) / 4u;
  for (var k = 0u; k < steps; k++) {
${left.fetch}
${right.fetch}
${multiply(a, b)}
  }`
}

/** All of the inner axis, by tiles in workgroup memory. */
function byTiles(a: Side, b: Side, tile: Tile): string {
  return `  for (var k0 = 0u; k0 < parameters.inner; k0 += ${tile.inner}u) {
${fill(a, tile)}
${fill(b, tile)}
    workgroupBarrier();
    for (var k = 0u; k < ${tile.inner / 4}u; k++) {
${fetchFromTile(a, tile)}
${fetchFromTile(b, tile)}
${multiply(a, b)}
    }
    workgroupBarrier();
  }`
}

/** The workgroup memory of an operand. */
function tileOf({ name, lanes }: Side, { inner }: Tile): string {
  return inner > 0 ? `var<workgroup> ${name}Tile: array<vec4f, ${(lanes * inner) / 4}>;\n` : ''
}

/**
 * y = a · b (+ a bias for each column). Each invocation makes four rows of four columns. Operands are multiplied as they
 * are stored; what transposes them is which components are taken.
 */
export function product(layout: Layout, tile: Tile): Program {
  const { transposeA, transposeB, vectorsA, vectorsB, vectorsY, whole, biased, axes } = layout
  const { x, y, inner } = tile
  const a: Side = { name: 'a', vectors: vectorsA, alongInner: !transposeA, lanes: 4 * y }
  const b: Side = { name: 'b', vectors: vectorsB, alongInner: transposeB, lanes: 4 * x }
  return {
    key: `matmul ${Object.values(layout).map(Number).join(' ')} ${x} ${y} ${inner}`,
    source: () => ({
      bindings: [
        { name: 'a', element: vectorsA ? 'vec4f' : 'f32' },
        { name: 'b', element: vectorsB ? 'vec4f' : 'f32' },
        ...(biased ? [{ name: 'bias', element: 'f32' }] : []),
        { name: 'y', element: vectorsY ? 'vec4f' : 'f32', written: true },
      ],
      axes,
      parameters: { rows: 'u32', columns: 'u32', inner: 'u32', first: 'u32' },
      workgroup: [x, y],
      declarations:
        walkOver('matrixAt', 0, axes) +
        reader(a, whole) +
        reader(b, whole) +
        store(layout) +
        tileOf(a, tile) +
        tileOf(b, tile),
      body: `  let matrix = parameters.first + group.z;
  let matrices = matrixAt(matrix);
  let aMatrix = matrices.x * parameters.rows * parameters.inner;
  let bMatrix = matrices.y * parameters.inner * parameters.columns;
  let aSizes = vec2u(${transposeA ? 'parameters.inner, parameters.rows' : 'parameters.rows, parameters.inner'});
  let bSizes = vec2u(${transposeB ? 'parameters.columns, parameters.inner' : 'parameters.inner, parameters.columns'});
  let aStart = group.y * ${a.lanes}u;
  let bStart = group.x * ${b.lanes}u;
${[0, 1, 2, 3].map((r) => `  var total${r} = vec4f(0.0);`).join('\n')}
${inner > 0 ? byTiles(a, b, tile) : direct(a, b, whole)}
${[0, 1, 2, 3].map((r) => `  store(matrix, aStart + 4u * local.y + ${r}u, bStart + 4u * local.x, total${r});`).join('\n')}`,
    }),
  }
}
