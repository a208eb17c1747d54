/** How a workgroup forms a part of the output, and each of its invocations a part of that. */
export interface Tile {
  /**
   * How operands reach an invocation: each reads what it needs (`direct`), all of a workgroup copy them to its memory
   * first (`shared`), or those of a subgroup read each its part of a and tell the others (`lanes`).
   */
  readonly operands: 'direct' | 'shared' | 'lanes'
  /** invocations along columns and along rows */
  readonly x: number
  readonly y: number
  /** of the output that one invocation makes: multiples of 4 */
  readonly rows: number
  readonly columns: number
  /** steps along the inner axis, at the end of which operands are read anew */
  readonly inner: number
}

/** Tiles by the rows x columns of a workgroup, and of an invocation. Those of `lanes` are as wide as four subgroups. */
export type TileName =
  | 'direct 32x32 by 4x4'
  | 'direct 64x32 by 8x4'
  | 'direct 4x256 by 4x4'
  | 'direct 256x4 by 4x4'
  | 'shared 32x32 by 4x4'
  | 'shared 64x32 by 8x4'
  | 'shared 64x64 by 4x4'
  | 'shared 64x64 by 8x8'
  | 'shared 128x64 by 8x8'
  | 'shared 4x256 by 4x4'
  | 'shared 256x4 by 4x4'
  | 'lanes by 4x4'
  | 'lanes by 8x4'
  | 'lanes by 16x4'

/**
 * All of them sum in the same order, so
 * a choice changes times and not bits. They stay within what every device of WebGPU allows: 256 invocations and 16 KiB
 * of workgroup memory, which is 4 · inner · (rows + columns) bytes.
 */
const tiles: { readonly [N in TileName]: Tile } = {
  'direct 32x32 by 4x4': { operands: 'direct', x: 8, y: 8, rows: 4, columns: 4, inner: 4 },
  'direct 64x32 by 8x4': { operands: 'direct', x: 8, y: 8, rows: 8, columns: 4, inner: 4 },
  'direct 4x256 by 4x4': { operands: 'direct', x: 64, y: 1, rows: 4, columns: 4, inner: 4 },
  'direct 256x4 by 4x4': { operands: 'direct', x: 1, y: 64, rows: 4, columns: 4, inner: 4 },
  'shared 32x32 by 4x4': { operands: 'shared', x: 8, y: 8, rows: 4, columns: 4, inner: 32 },
  'shared 64x32 by 8x4': { operands: 'shared', x: 8, y: 8, rows: 8, columns: 4, inner: 16 },
  'shared 64x64 by 4x4': { operands: 'shared', x: 16, y: 16, rows: 4, columns: 4, inner: 16 },
  'shared 64x64 by 8x8': { operands: 'shared', x: 8, y: 8, rows: 8, columns: 8, inner: 16 },
  'shared 128x64 by 8x8': { operands: 'shared', x: 8, y: 16, rows: 8, columns: 8, inner: 8 },
  'shared 4x256 by 4x4': { operands: 'shared', x: 64, y: 1, rows: 4, columns: 4, inner: 8 },
  'shared 256x4 by 4x4': { operands: 'shared', x: 1, y: 64, rows: 4, columns: 4, inner: 8 },
  // As many invocations as a subgroup has.
  'lanes by 4x4': { operands: 'lanes', x: 0, y: 1, rows: 4, columns: 4, inner: 4 },
  'lanes by 8x4': { operands: 'lanes', x: 0, y: 1, rows: 8, columns: 4, inner: 4 },
  'lanes by 16x4': { operands: 'lanes', x: 0, y: 1, rows: 16, columns: 4, inner: 4 },
}

export const tileNames: readonly TileName[] = Object.keys(tiles) as TileName[]

/** Steps of the inner axis that are whole steps of any tile. */
export const wholeSteps = 32

/** Workgroups along one axis of a grid, at most. */
export const mostGroups = 65535

/** What a device has that tiles make use of. */
export interface TileSupport {
  /** whether workgroups that wait for each other are cheap: not on processors */
  readonly workgroupMemory: boolean
  /** invocations of every subgroup; 0 where there are none, or of several sizes */
  readonly subgroupSize: number
}

/** A tile on a device. */
export function tileOf(name: TileName, { subgroupSize }: TileSupport): Tile {
  const tile: Tile = tiles[name]
  return tile.operands === 'lanes' ? { ...tile, x: subgroupSize } : tile
}

/** @throws RangeError for a tile that is not there, or not on this device */
export function checkTile(name: TileName, { subgroupSize }: TileSupport): void {
  if (!Object.hasOwn(tiles, name)) {
    throw new RangeError(
      `openBackend('webgpu'): there is no tile '${name}'; use '${tileNames.join("', '")}', or leave it out to have it chosen`,
    )
  }
  if (tiles[name].operands === 'lanes' && subgroupSize === 0) {
    throw new RangeError(
      `openBackend('webgpu'): the tile '${name}' needs subgroups of one size, which this adapter does not have; ` +
        "use one that is 'direct' or 'shared'",
    )
  }
}

/**
 * Whether workgroups that follow each other are below each other rather than side by side. Those of few rows and all of the
 * inner axis, one after the other on a processor, then find their columns of b in its cache.
 */
export function rowsFirst({ operands }: Tile): boolean {
  return operands === 'lanes'
}

/** Whether a grid of these tiles can be as large as an output. */
export function fits(
  { x, y, rows, columns }: Tile,
  output: { readonly rows: number; readonly columns: number },
): boolean {
  return output.rows <= mostGroups * y * rows && output.columns <= mostGroups * x * columns
}

/** The tiles worth trying for a product; the first is used unless another is measured to be faster. */
export function candidates(rows: number, columns: number, support: TileSupport): readonly [TileName, ...TileName[]] {
  const { workgroupMemory, subgroupSize } = support
  if (rows <= 4) return few(support, 'lanes by 4x4', 'shared 4x256 by 4x4', 'direct 4x256 by 4x4')
  if (columns <= 4) return few(support, undefined, 'shared 256x4 by 4x4', 'direct 256x4 by 4x4')
  if (workgroupMemory) {
    const [first, ...others]: [TileName, ...TileName[]] =
      rows <= 32 || columns <= 32
        ? ['shared 32x32 by 4x4', 'shared 64x32 by 8x4', 'direct 32x32 by 4x4']
        : ['shared 64x64 by 4x4', 'shared 32x32 by 4x4', 'shared 64x32 by 8x4', 'shared 64x64 by 8x8']
    if (rows > 64 && columns > 32) others.push('shared 128x64 by 8x8')
    return subgroupSize > 0 ? [first, ...others, 'lanes by 8x4'] : [first, ...others]
  }
  if (subgroupSize > 0) return ['lanes by 8x4', 'lanes by 16x4', 'lanes by 4x4']
  return ['direct 32x32 by 4x4', 'direct 64x32 by 8x4']
}

/** Few rows or few columns need no square. */
function few(
  { workgroupMemory, subgroupSize }: TileSupport,
  lanes: TileName | undefined,
  shared: TileName,
  direct: TileName,
): readonly [TileName, ...TileName[]] {
  const byLanes = lanes && subgroupSize > 0 ? [lanes] : []
  if (workgroupMemory) return [shared, direct, ...byLanes]
  return byLanes.length > 0 ? [byLanes[0]!, direct] : [direct]
}
