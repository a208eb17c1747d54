import type { Machine } from './machine.ts'

/** Tiles of the output that the product's innermost loop keeps in registers: rows x columns. */
export const tiles = ['4x8', '2x16', '6x8', '4x16'] as const
export type Tile = (typeof tiles)[number]

/** Rows, inner and columns of the product that is timed; tiles divide it. */
const size = 96
/**
 * Milliseconds without a better time after which timing ends, and at most. At first engines run their baseline code;
 * compiled code comes to one tile after the other.
 */
const patience = 4
const mostPatience = 40
/** What counts as better. */
const better = 0.9
/** What another tile must save to be taken instead of the first. */
const margin = 0.95

/** @throws RangeError for a tile that is not there */
export function checkTile(tile: Tile): void {
  if (!tiles.includes(tile)) {
    throw new RangeError(
      `openBackend('wasm'): there is no tile '${tile}'; use '${tiles.join("', '")}', or leave it out to have it measured`,
    )
  }
}

/** The tile by which products are formed. It changes times, never bits. */
export class TileChoice {
  readonly #machine: Machine
  #chosen: Tile | undefined

  constructor(machine: Machine, given: Tile | undefined) {
    this.#machine = machine
    this.#chosen = given
    if (given) this.#use(given)
  }

  /** Its name. Unless it was given, the first call measures, for a few milliseconds. */
  choose(): Tile {
    if (this.#chosen) return this.#chosen
    const times = this.#measure()
    const best = Math.min(...times.values())
    const fastest = tiles.find((tile) => times.get(tile) === best)!
    this.#chosen = best < margin * times.get(tiles[0])! ? fastest : tiles[0]
    this.#use(this.#chosen)
    return this.#chosen
  }

  /** The shortest time of each tile, in milliseconds; by turns, so that what disturbs one disturbs all. */
  #measure(): Map<Tile, number> {
    const { exports } = this.#machine
    const step = 4 * size
    const matrix = step * size
    const times = new Map<Tile, number>(tiles.map((tile) => [tile, Number.POSITIVE_INFINITY]))
    this.#machine.withScratch(3 * matrix, (a) => {
      this.#machine.view('f32', a, 3 * size * size).fill(1)
      const last = performance.now() + mostPatience
      let end = 0
      do {
        for (const tile of tiles) {
          this.#use(tile)
          const start = performance.now()
          exports.matmul(
            a,
            a + matrix,
            0,
            a + 2 * matrix,
            size,
            size,
            size,
            step,
            4,
            0,
            step,
            4,
            0,
            size,
            size,
            0,
            0,
            0,
            1,
          )
          const now = performance.now()
          const shortest = times.get(tile)!
          if (now - start < better * shortest) end = Math.min(now + patience, last)
          times.set(tile, Math.min(shortest, now - start))
        }
      } while (performance.now() < end)
    })
    return times
  }

  #use(tile: Tile): void {
    const [rows, columns] = tile.split('x').map(Number) as [number, number]
    this.#machine.exports.setTile(rows, columns)
  }
}
