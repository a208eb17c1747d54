import { currentValues, type Parameter } from '@tlc/nn'
import { type Shape, sizeOf } from '@tlc/tensor'
import { distinct } from './distinct.ts'
import { matrixOf } from './sparse/block-rows.ts'

/** What a weight takes in each form of storage, its values at a given number of bits each. */
export interface StorageCost {
  readonly size: number
  readonly nonZeros: number
  /** nonZeros · bits: the values alone, as papers count */
  readonly idealBits: number
  /** ⌈size · bits / 8⌉ */
  readonly denseBytes: number
  /** One bit for each entry, each row from a byte on, and ⌈nonZeros · bits / 8⌉: what `encodeBitmask` takes at 32 bits. */
  readonly bitmaskBytes: number
  /**
   * Compressed sparse rows: rows + 1 offsets of 4 bytes, for each non-zero its column in 2 bytes (4 if there are more
   * than 65,536 columns), and ⌈nonZeros · bits / 8⌉. Rows are those of the first axis.
   */
  readonly csrBytes: number
}

/** Storage by parameter and in total. */
export interface Storage extends StorageCost {
  readonly parameters: ReadonlyMap<string, StorageCost>
}

/**
 * Counts the non-zeros of the values that layers use (masks applied) and what storing them takes. A parameter under two
 * names counts once, under the first.
 *
 * @param bits of each value; 32 by default
 */
export async function storageOf(parameters: ReadonlyMap<string, Parameter>, bits = 32): Promise<Storage> {
  const rows = new Map<string, StorageCost>()
  const total = { size: 0, nonZeros: 0, idealBits: 0, denseBytes: 0, bitmaskBytes: 0, csrBytes: 0 }
  for (const [name, parameter] of distinct(parameters)) {
    const row = storageCost(await countNonZeros(parameter), parameter.stored.shape, bits)
    rows.set(name, row)
    for (const key of Object.keys(total) as (keyof StorageCost)[]) total[key] += row[key]
  }
  return { ...total, parameters: rows }
}

/** What a tensor of a shape with so many non-zeros takes, its values at `bits` bits each. */
export function storageCost(nonZeros: number, shape: Shape, bits = 32): StorageCost {
  const size = sizeOf(shape)
  const [rows, columns] = matrixOf(shape)
  const valueBytes = Math.ceil((nonZeros * bits) / 8)
  const indexBytes = columns > 2 ** 16 ? 4 : 2
  return {
    size,
    nonZeros,
    idealBits: nonZeros * bits,
    denseBytes: Math.ceil((size * bits) / 8),
    bitmaskBytes: rows * Math.ceil(columns / 8) + valueBytes,
    csrBytes: 4 * (rows + 1) + indexBytes * nonZeros + valueBytes,
  }
}

async function countNonZeros(parameter: Parameter): Promise<number> {
  let nonZeros = 0
  for (const each of await currentValues(parameter)) if (each !== 0) nonZeros++
  return nonZeros
}
