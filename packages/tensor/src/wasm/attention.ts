import type { FusedKernels, View } from '../backend.ts'
import type { AttentionParameters } from '../composites/attention.ts'
import { type DropoutParameters, dropoutThreshold } from '../composites/dropout.ts'
import { stridesOf } from '../shape.ts'
import { type Machine, pointerOf } from './machine.ts'
import { chooseTile } from './matmul.ts'

export function attention(machine: Machine): Pick<FusedKernels, 'attention' | 'attentionGrad'> {
  return {
    attention: ([q, k, v, bias], parameters, outputs) =>
      run('attention', 1, [q!, k!, v!, ...outputs], bias, parameters),
    attentionGrad: ([q, k, v, y, logSumExp, g, bias], parameters, outputs) =>
      run('attentionGrad', 2, [q!, k!, v!, y!, logSumExp!, g!, ...outputs], bias, parameters),
  }

  /** @param blocks of scores that the kernel holds at once */
  function run(
    kernel: 'attention' | 'attentionGrad',
    blocks: number,
    tensors: readonly View[],
    bias: View | undefined,
    { scale, dropout }: AttentionParameters,
  ): void {
    const [q, , v] = tensors
    const { items, queries, keys, list } = sizesOf(q!, v!)
    chooseTile(machine, q!.size * keys)
    machine.reserve(machine.exports.attentionArena(queries, keys, blocks) >>> 0)
    machine.run(kernel, items, 1, ...tensors.map(pointerOf), ...biasOf(bias), scale, ...dropoutOf(dropout), ...list)
  }
}

interface Sizes {
  readonly items: number
  readonly queries: number
  readonly keys: number
  /** heads, queries, keys, headSize, valueSize, as the kernels take them */
  readonly list: readonly number[]
}

function sizesOf(q: View, v: View): Sizes {
  const [batch, heads, queries, headSize] = q.shape as [number, number, number, number]
  const [keys, valueSize] = v.shape.slice(2) as [number, number]
  return { items: batch * heads, queries, keys, list: [heads, queries, keys, headSize, valueSize] }
}

/** Where the bias begins, and its steps in bytes along batch, heads, queries and keys; zeros where there is none. */
function biasOf(bias: View | undefined): number[] {
  if (!bias) return [0, 0, 0, 0, 0]
  const steps = stridesOf(bias.shape).map((step, axis) => (bias.shape[axis] === 1 ? 0 : 4 * step))
  return [pointerOf(bias), ...new Array<number>(4 - steps.length).fill(0), ...steps]
}

/** The two words of the key, the first word that is kept, and what is multiplied with; nothing is dropped by default. */
function dropoutOf(dropout: DropoutParameters | undefined): number[] {
  return dropout ? [...dropout.key, dropoutThreshold(dropout.rate), 1 / (1 - dropout.rate)] : [0, 0, 0, 1]
}
