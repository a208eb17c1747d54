import type { FusedKernels, View } from '../backend.ts'
import { type DropoutParameters, dropoutThreshold } from '../composites/dropout.ts'
import { stridesOf } from '../shape.ts'
import { type Machine, pointerOf } from './machine.ts'
import { chooseTile } from './matmul.ts'

export function attention(machine: Machine): Pick<FusedKernels, 'attention' | 'attentionGrad'> {
  const { attentionArena } = machine.exports
  return {
    attention: ([q, k, v, bias], { scale, dropout }, [y, logSumExp]) => {
      const sizes = sizesOf(q!, v!)
      chooseTile(machine, q!.size * sizes.keys)
      machine.reserve(attentionArena(sizes.queries, sizes.keys, 1) >>> 0)
      const pointers = [q!, k!, v!, y!, logSumExp!].map(pointerOf)
      machine.run(
        'attention',
        sizes.items,
        1,
        ...pointers,
        ...biasOf(bias),
        scale,
        ...dropoutOf(dropout),
        ...sizes.list,
      )
    },
    attentionGrad: ([q, k, v, y, logSumExp, g, bias], { scale, dropout }, [dq, dk, dv]) => {
      const sizes = sizesOf(q!, v!)
      chooseTile(machine, q!.size * sizes.keys)
      machine.reserve(attentionArena(sizes.queries, sizes.keys, 2) >>> 0)
      const pointers = [q!, k!, v!, y!, logSumExp!, g!, dq!, dk!, dv!].map(pointerOf)
      machine.run(
        'attentionGrad',
        sizes.items,
        1,
        ...pointers,
        ...biasOf(bias),
        scale,
        ...dropoutOf(dropout),
        ...sizes.list,
      )
    },
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
