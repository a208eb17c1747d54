import { type CompareOptions, compareLayers, disposeModule, type LayerTimes, Linear, Parameter } from '@tlc/nn'
import { key, normal, tensor, uniform } from '@tlc/tensor'
import { type Block, encodeBlockRows } from './block-rows.ts'
import { SparseLinear } from './sparse-linear.ts'

/** A layer, and at which sparsities to try it. */
export interface BreakEvenOptions extends CompareOptions {
  readonly outputSize: number
  readonly inputSize: number
  /** rows of x that the layer gets at once */
  readonly rows: number
  /** rows and columns of the blocks, which divide the layer; [1, 1] by default */
  readonly block?: Block
  /** in ascending order; 0.5, 0.6, 0.7, 0.8, 0.9 and 0.95 by default */
  readonly sparsities?: readonly number[]
}

/** What a layer takes at one sparsity. */
export interface SparsityTimes extends LayerTimes {
  readonly sparsity: number
}

/** What was found. */
export interface BreakEven {
  readonly points: readonly SparsityTimes[]
  /** the least of the sparsities tried from which on the sparse layer is always faster; undefined if it is not even at the last */
  readonly sparsity: number | undefined
}

/**
 * Measures on this device at which sparsity the product by the blocks of a weight overtakes the dense one. Which blocks
 * are zero is drawn evenly, each time the same.
 */
export async function breakEvenSparsity(options: BreakEvenOptions): Promise<BreakEven> {
  const { outputSize, inputSize, rows, sparsities = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95] } = options
  const points: SparsityTimes[] = []
  using input = normal(key(1), [rows, inputSize])
  for (const sparsity of sparsities) {
    const shape = [outputSize, inputSize] as const
    const weight = await randomBlocks(shape, options.block ?? [1, 1], sparsity)
    const dense = new Linear({ weight: new Parameter(tensor(weight, { shape })) })
    const sparse = new SparseLinear(encodeBlockRows(weight, shape, options.block))
    points.push({ sparsity, ...(await compareLayers(dense, sparse, input, options)) })
    disposeModule(dense)
    disposeModule(sparse)
  }
  const first = points.findLastIndex(({ speedup }) => speedup <= 1) + 1
  return { points, sparsity: points[first]?.sparsity }
}

/** A weight of which a share of the blocks, `round(sparsity · blocks)`, is 0. */
async function randomBlocks(
  [rows, columns]: readonly [number, number],
  [height, width]: Block,
  sparsity: number,
): Promise<Float32Array> {
  const across = columns / width
  const blocks = (rows / height) * across
  using drawn = uniform(key(2), [blocks])
  const order = await drawn.data()
  const zero = new Uint8Array(blocks)
  const ranked = Array.from({ length: blocks }, (_, block) => block).sort((a, b) => order[a]! - order[b]!)
  for (const block of ranked.slice(0, Math.round(sparsity * blocks))) zero[block] = 1
  return Float32Array.from({ length: rows * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns), place % columns]
    return zero[Math.floor(row / height) * across + Math.floor(column / width)] ? 0 : 1 + (place % 7)
  })
}
