import type { Parameter } from '@tlc/nn'
import { type Shape, scope, type Tensor } from '@tlc/tensor'
import { distinct } from './distinct.ts'

/** What a weight takes in each form of storage, its values at a given number of bits each. */
export interface StorageCost {
  readonly size: number
  readonly nonZeros: number
  /** nonZeros · bits: the values alone, as papers count */
  readonly idealBits: number
  /** ⌈size · bits / 8⌉ */
  readonly denseBytes: number
  /** ⌈size / 8⌉ for one bit per entry, and ⌈nonZeros · bits / 8⌉ */
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
  const size = shape.reduce((product, length) => product * length, 1)
  const rows = shape[0] ?? 1
  const columns = rows === 0 ? 0 : size / rows
  const valueBytes = Math.ceil((nonZeros * bits) / 8)
  const indexBytes = columns > 2 ** 16 ? 4 : 2
  return {
    size,
    nonZeros,
    idealBits: nonZeros * bits,
    denseBytes: Math.ceil((size * bits) / 8),
    bitmaskBytes: Math.ceil(size / 8) + valueBytes,
    csrBytes: 4 * (rows + 1) + indexBytes * nonZeros + valueBytes,
  }
}

async function countNonZeros(parameter: Parameter): Promise<number> {
  const value = currentValue(parameter)
  let nonZeros = 0
  for (const each of await value.data()) if (each !== 0) nonZeros++
  if (value !== parameter.stored) value.dispose()
  return nonZeros
}

function currentValue(parameter: Parameter): Tensor {
  using inner = scope()
  return inner.keep(parameter.value)
}
