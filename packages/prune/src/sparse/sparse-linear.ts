import { currentValues, Linear, Module, namedModules } from '@tlc/nn'
import { type Backend, currentBackend, sparseLinear, type Tensor, tensor } from '@tlc/tensor'
import { type Block, type BlockRows, countBlocks, dividesInto, encodeBlockRows } from './block-rows.ts'
import { checkBlockRows } from './check-block-rows.ts'

/**
 * Blocks that have kernels of their own, and how fast a stored number is worked off in them, [1, 1] being 1: on WebAssembly
 * with 256 rows of input, half of the blocks 0.
 */
const rates: readonly (readonly [block: Block, rate: number])[] = [
  [[4, 4], 1.9],
  [[4, 1], 1.6],
  [[1, 4], 1.6],
  [[1, 1], 1],
]

/** How a layer is made sparse. */
export interface ToSparseOptions {
  /** Rows and columns of the blocks; where they do not divide a weight, or by default, the block is chosen: see `chooseBlock`. */
  readonly block?: Block | undefined
}

/**
 * y = x Wᵀ + b by the blocks of W that are not all zero. x `[..., in]`, W `[out, in]`, b `[out]`; returns `[..., out]`.
 * Its tensors are not parameters: it runs, and is not trained.
 */
export class SparseLinear extends Module {
  readonly block: Block
  readonly values: Tensor
  readonly columns: Tensor
  readonly offsets: Tensor
  readonly bias: Tensor | undefined

  /**
   * @param weight `[out, in]`, by its blocks
   * @throws RangeError if its parts do not fit each other
   */
  constructor(weight: BlockRows, bias?: Float32Array, backend: Backend = currentBackend()) {
    super()
    checkBlockRows('SparseLinear', weight)
    const { block, values, columns, offsets } = weight
    this.block = block
    this.values = tensor(values, { shape: [columns.length, ...block], backend })
    this.columns = tensor(Int32Array.from(columns), { backend })
    this.offsets = tensor(Int32Array.from(offsets), { backend })
    this.bias = bias && tensor(bias, { backend })
  }

  /** The same layer without the zeros of its weight, those of a mask included. */
  static async from(linear: Linear, { block }: ToSparseOptions = {}): Promise<SparseLinear> {
    const { shape, backend } = linear.weight.stored
    const dense = await currentValues(linear.weight)
    const chosen = block && dividesInto(block, shape) ? block : chooseBlock(dense, shape as [number, number])
    const bias = linear.bias && (await currentValues(linear.bias))
    return new SparseLinear(encodeBlockRows(dense, shape, chosen), bias, backend)
  }

  forward(x: Tensor): Tensor {
    return sparseLinear(x, this, this.bias)
  }
}

/**
 * Reads the weights of all linear layers of a model, and makes what replaces them:
 * `replaceModules(model, Linear, await toSparse(model))`. See `deploySparse` to replace only what becomes faster.
 */
export async function toSparse(
  model: Module,
  options: ToSparseOptions = {},
): Promise<(linear: Linear) => SparseLinear> {
  const made = new Map<Linear, SparseLinear>()
  for (const [, module] of namedModules(model)) {
    if (module instanceof Linear && !made.has(module)) made.set(module, await SparseLinear.from(module, options))
  }
  return (linear) => {
    const sparse = made.get(linear)
    if (!sparse) throw new Error('toSparse: this layer was not in the model when its weights were read; call it again')
    return sparse
  }
}

/** The block of which a product by the weight is likely to take the least time: stored numbers divided by their rate. */
export function chooseBlock(dense: Float32Array, shape: readonly [number, number]): Block {
  let chosen: Block = [1, 1]
  let least = Number.POSITIVE_INFINITY
  for (const [block, rate] of rates) {
    if (!dividesInto(block, shape)) continue
    const time = (countBlocks(dense, shape, block) * block[0] * block[1]) / rate
    if (time < least) [chosen, least] = [block, time]
  }
  return chosen
}
