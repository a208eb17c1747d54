import { type ProductSizes, vectorsOf } from './run.ts'
import { candidates, checkTile, fits, type Tile, type TileName, type TileSupport, tileOf } from './tile.ts'

/** The tile of each class of products. */
export type Tiles = Readonly<Record<string, TileName>>

/** A class of products that was seen, with the first of them. */
export interface Seen {
  readonly sizes: ProductSizes
  readonly candidates: readonly TileName[]
  tile: TileName
  /** whether it was given or measured, rather than guessed */
  settled: boolean
  uses: number
}

/** What is used where a grid of the chosen ones would be too large: one for millions of rows and of columns. */
const largest: TileName = 'direct 64x32 by 8x4'

/**
 * Which tile each class of products uses: the one that was given; the one that was measured to be the fastest; before
 * that, the one that is the best elsewhere. It changes times, never bits.
 */
export class TileChoice {
  readonly support: TileSupport
  readonly #given: TileName | Tiles
  readonly #seen = new Map<string, Seen>()

  /** @throws RangeError for a tile that is not there */
  constructor(support: TileSupport, given: TileName | Tiles = {}) {
    this.support = support
    this.#given = given
    for (const name of typeof given === 'string' ? [given] : Object.values(given)) checkTile(name, support)
  }

  /** The tile of a product. */
  of(sizes: ProductSizes): Tile {
    const key = classOf(sizes)
    let seen = this.#seen.get(key)
    if (!seen) {
      const names = candidates(sizes, this.support)
      const given = typeof this.#given === 'string' ? this.#given : this.#given[key]
      seen = { sizes, candidates: names, tile: given ?? names[0], settled: given !== undefined, uses: 0 }
      this.#seen.set(key, seen)
    }
    seen.uses++
    const tile = tileOf(seen.tile, this.support)
    return fits(tile, sizes) ? tile : tileOf(largest, this.support)
  }

  /** Classes whose tile is a guess among several, the most used first. */
  open(): readonly Seen[] {
    return [...this.#seen.values()]
      .filter(({ settled, candidates: { length } }) => !settled && length > 1)
      .sort((a, b) => b.uses - a.uses)
  }

  /** Every class that was seen, with its tile. */
  get chosen(): Tiles {
    return Object.fromEntries([...this.#seen].map(([key, { tile }]) => [key, tile]))
  }
}

/** Such as `NT f32 vectors 1024x64x256` for [1024, 256] times [64, 256] transposed; sizes are rounded to powers of two. */
export function classOf(sizes: ProductSizes): string {
  const { transposeA, transposeB, element, rows, columns, inner, matrices } = sizes
  const { vectorsA, vectorsB } = vectorsOf(sizes)
  const layout = `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`
  const reads = vectorsA && vectorsB ? 'vectors' : vectorsA ? 'vectors of a' : vectorsB ? 'vectors of b' : 'numbers'
  const size = [rows, columns, inner].map(rounded).join('x')
  return `${layout} ${element} ${reads} ${size}${matrices > 1 ? `, ${rounded(matrices)} times` : ''}`
}

/** The nearest power of two, by ratio. */
function rounded(size: number): number {
  return size > 0 ? 2 ** Math.round(Math.log2(size)) : 0
}
