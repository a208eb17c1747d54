import { type PackedLayout, packedReader } from '../quantized/packed-rows.ts'
import type { Layout } from './layout.ts'
import type { Tile } from './tile.ts'

/** An operand, as lanes (rows of a, columns of b) by places of the inner axis. */
export interface Side {
  readonly name: 'a' | 'b'
  /** the parameter that says how many lanes there are */
  readonly count: 'rows' | 'columns'
  readonly vectors: boolean
  /** whether neighbours in memory are neighbours along the inner axis, rather than neighbouring lanes */
  readonly alongInner: boolean
  /** whether all of the inner axis that is asked for exists */
  readonly whole: boolean
  /** invocations of a workgroup along lanes */
  readonly invocations: number
  /** how many times four lanes an invocation has */
  readonly quads: number
  /** an invocation's own place among them */
  readonly thread: string
}

/** What it depends on how a side is read. */
type SideReads = Pick<Side, 'name' | 'count' | 'vectors' | 'alongInner' | 'whole'>

export function sidesOf(layout: Layout, tile: Tile): readonly [a: Side, b: Side] {
  const { transposeA, transposeB, vectorsA, vectorsB, whole } = layout
  const lane = tile.operands === 'lanes' ? 'subgroupLane' : 'local.x'
  return [
    {
      name: 'a',
      count: 'rows',
      vectors: vectorsA,
      alongInner: !transposeA,
      whole,
      invocations: tile.y,
      quads: tile.rows / 4,
      thread: 'local.y',
    },
    {
      name: 'b',
      count: 'columns',
      vectors: vectorsB,
      alongInner: transposeB,
      whole,
      invocations: tile.x,
      quads: tile.columns / 4,
      thread: lane,
    },
  ]
}

/** Lanes of a workgroup. */
export function lanesOf({ invocations, quads }: Side): number {
  return 4 * invocations * quads
}

const neighbours = 'vec4u(0u, 1u, 2u, 3u)'

/**
 * `originA(matrix, lane)`, where four neighbours begin that start at a lane, and `readA(origin, k) -> vec4f`, which are
 * places k to k + 3 of that lane, or four lanes at k: what memory has side by side. No branches: beyond the last lane
 * others are read, whose results nobody stores; beyond the inner axis there are zeros, which add nothing.
 */
export function reader(side: SideReads): string {
  const { name, count, vectors, alongInner } = side
  const letter = name.toUpperCase()
  const many = !vectors && !alongInner
  const lanes = `parameters.${count}`
  const origin = alongInner
    ? `(matrix + min(lane, ${lanes} - 1u) * parameters.inner)${vectors ? ' / 4u' : ''}`
    : many
      ? `matrix + min(vec4u(lane) + ${neighbours}, vec4u(${lanes} - 1u))`
      : `(matrix + min(lane, ${lanes} - 4u)) / 4u`
  return `fn origin${letter}(matrix: u32, lane: u32) -> ${many ? 'vec4u' : 'u32'} {
  return ${origin};
}
fn read${letter}(origin: ${many ? 'vec4u' : 'u32'}, k: u32) -> vec4f {
${alongInner ? readPlaces(side) : readLanes(side)}
}
`
}

/** The same of packed weights, whose lanes are rows. What is read beyond the inner axis is multiplied by zeros of a. */
export function packedSide({ name, count }: Side, packed: PackedLayout): string {
  const letter = name.toUpperCase()
  return `${packedReader(packed)}
fn origin${letter}(matrix: u32, lane: u32) -> u32 { return min(lane, parameters.${count} - 1u); }
fn read${letter}(origin: u32, k: u32) -> vec4f { return weightsAt(origin, k); }
`
}

/** Four places of one lane. */
function readPlaces({ name, vectors, whole }: SideReads): string {
  if (vectors) {
    if (whole) return `  return vec4f(${name}[origin + k / 4u]);`
    return `  let four = vec4f(${name}[origin + min(k, parameters.inner - 4u) / 4u]);
  return select(vec4f(), four, k < parameters.inner);`
  }
  return `  let places = vec4u(k) + ${neighbours};
  let at = origin + min(places, vec4u(parameters.inner - 1u));
  return select(vec4f(), ${each(name)}, places < vec4u(parameters.inner));`
}

/** Four lanes at one place. */
function readLanes({ name, count, vectors, whole }: SideReads): string {
  const place = whole ? 'k' : 'min(k, parameters.inner - 1u)'
  const width = `parameters.${count}`
  const read = vectors
    ? `vec4f(${name}[origin + ${place} * (${width} / 4u)])`
    : `vec4f(${['x', 'y', 'z', 'w'].map((c) => `f32(${name}[origin.${c} + row])`).join(', ')})`
  const row = vectors ? '' : `  let row = ${place} * ${width};\n`
  return `${row}  return ${whole ? read : `select(vec4f(), ${read}, k < parameters.inner)`};`
}

function each(name: string): string {
  return `vec4f(${['x', 'y', 'z', 'w'].map((c) => `f32(${name}[at.${c}])`).join(', ')})`
}

/**
 * Reads four lanes of an operand, from the one at `lane` on, at four places: before the loop where they begin, in it
 * vectors `a2_0` to `a2_3`, for quad 2, which are four lanes at places k to k + 3.
 */
export function quad(
  { name, alongInner }: Side,
  index: number,
  lane: string,
  k: string,
): { readonly before: string; readonly read: string } {
  const letter = name.toUpperCase()
  const four = [0, 1, 2, 3] as const
  const vector = (j: number): string => `${name}${index}_${j}`
  if (!alongInner) {
    return {
      before: `let ${name}Origin${index} = origin${letter}(${name}Matrix, ${lane});\n`,
      read: four.map((j) => `let ${vector(j)} = read${letter}(${name}Origin${index}, ${k} + ${j}u);\n`).join(''),
    }
  }
  const origin = (j: number): string => `${name}Origin${index}_${j}`
  const rows = four.map((j) => `read${letter}(${origin(j)}, ${k})`).join(', ')
  return {
    before: four.map((j) => `let ${origin(j)} = origin${letter}(${name}Matrix, ${lane} + ${j}u);\n`).join(''),
    read: `let ${name}${index} = transpose(mat4x4f(${rows}));
${four.map((j) => `let ${vector(j)} = ${name}${index}[${j}];\n`).join('')}`,
  }
}

/** The first lane of one of an invocation's quads: those of a workgroup lie side by side, for each index of a quad. */
export function laneOf({ name, invocations, thread }: Side, index: number): string {
  return `${name}Start + 4u * (${thread} + ${index * invocations}u)`
}
