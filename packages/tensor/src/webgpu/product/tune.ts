import type { Machine } from '../machine.ts'
import type { Seen } from './choice.ts'
import { type ProductSizes, runProducts } from './run.ts'
import { type TileName, tileOf } from './tile.ts'

export interface TuneOptions {
  /** after which no other class of products is begun: 2,000 by default */
  readonly milliseconds?: number
}

/** Rows, columns and steps of the product that stands for larger ones. */
const longest = 2048
/** What a timing should last, in milliseconds: clocks of browsers step by 0.1. */
const lasting = 5
/** Products in one timing, at most. */
const mostRepetitions = 256
/** Timings of each tile. */
const rounds = 3
/** What another tile must save to be taken instead of the first. */
const margin = 0.95

/** Measures the classes of products whose tile is a guess, the most used first. */
export async function tuneTiles(machine: Machine, { milliseconds = 2000 }: TuneOptions): Promise<void> {
  const end = performance.now() + milliseconds
  for (const seen of machine.tiles.open()) {
    if (performance.now() >= end) return
    seen.tile = await fastest(machine, seen)
    seen.settled = true
  }
}

/** By turns, so that what disturbs one disturbs all; a tile that takes twice as long at first is not tried again. */
async function fastest(machine: Machine, { sizes, candidates }: Seen): Promise<TileName> {
  const measured = sample(sizes)
  const time = (name: TileName, repetitions: number): Promise<number> =>
    machine.time(() => repeat(machine, measured, name, repetitions))
  const times = new Map<TileName, number>()
  for (const name of candidates) {
    // The first time it is compiled.
    await time(name, 1)
    times.set(name, await time(name, 1))
  }
  const best = (): number => Math.min(...times.values())
  const repetitions = Math.min(Math.ceil(lasting / best()), mostRepetitions)
  const tried = candidates.filter((name) => times.get(name)! < 2 * best())
  times.clear()
  for (let round = 0; round < rounds; round++) {
    for (const name of tried) {
      times.set(name, Math.min(times.get(name) ?? Number.POSITIVE_INFINITY, await time(name, repetitions)))
    }
  }
  const winner = tried.find((name) => times.get(name) === best())!
  const [first] = candidates
  return best() < margin * (times.get(first!) ?? Number.POSITIVE_INFINITY) ? winner : first!
}

/** Records a product several times, on memory with anything in it. */
function repeat(machine: Machine, sizes: ProductSizes, name: TileName, repetitions: number): void {
  const { rows, columns, inner, matrices, element } = sizes
  const [bytesA, bytesB, bytesY] = [rows * inner, inner * columns, rows * columns].map(
    (count) => (element === 'f16' ? 2 : 4) * matrices * count,
  ) as [number, number, number]
  const tile = tileOf(name, machine.tiles.support)
  machine.withScratch(bytesA, (a) =>
    machine.withScratch(bytesB, (b) =>
      machine.withScratch(bytesY, (y) => {
        for (let i = 0; i < repetitions; i++) runProducts(machine, { a, b: [b], y }, sizes, tile)
      }),
    ),
  )
}

/** The same, where sizes are not larger than they need be: as many as fours as before, or as many as not. */
function sample(sizes: ProductSizes): ProductSizes {
  const short = (size: number): number => (size <= longest ? size : longest + (size % 4))
  const [rows, columns, inner] = [short(sizes.rows), short(sizes.columns), short(sizes.inner)]
  const matrices = Math.min(sizes.matrices, Math.max(1, Math.floor(longest ** 2 / Math.max(rows * columns, 1))))
  return { ...sizes, rows, columns, inner, matrices, axes: matrices > 1 ? [{ size: matrices, strides: [1, 1] }] : [] }
}
