import { broadcastStrides } from '../../axes.ts'
import type { FusedKernels, View } from '../../backend.ts'
import type { AttentionParameters } from '../../composites/attention.ts'
import { dropoutThreshold } from '../../composites/dropout.ts'
import { bitsOf, type Program } from '../device/program.ts'
import type { Machine, Operand } from '../machine.ts'
import { flat, folded } from '../wgsl/index.ts'
import { byBlocks, fitsBlocks } from './by-blocks.ts'
import { byRows, rowsOfOutput } from './by-rows.ts'
import type { AttentionPrograms, Variant } from './parts.ts'
import { blockSize } from './tiles.ts'

/** What the kernels take besides tensors. */
interface Call {
  readonly variant: Variant
  readonly queries: number
  readonly keys: number
  readonly matrices: number
  readonly words: readonly number[]
}

export function attention(machine: Machine): Pick<FusedKernels, 'attention' | 'attentionGrad'> {
  return {
    attention: ([q, k, v, bias], parameters, [y, logSumExp]) => {
      const call = callOf(q!, v!, bias, parameters)
      run('forward', [q!, k!, v!, ...(bias ? [bias] : []), y!, logSumExp!], call, call.queries)
    },
    attentionGrad: ([q, k, v, y, logSumExp, g, bias], parameters, [dq, dk, dv]) => {
      const call = callOf(q!, v!, bias, parameters)
      const biases = bias ? [bias] : []
      machine.withScratch(8 * call.matrices * call.queries, (rows) => {
        runByRows(rowsOfOutput(call.variant), [y!, g!, logSumExp!, rows], call, call.queries)
        run('derivativeByQueries', [q!, k!, v!, g!, rows, ...biases, dq!], call, call.queries)
        run('derivativeByKeys', [q!, k!, v!, g!, rows, ...biases, dk!, dv!], call, call.keys)
      })
    },
  }

  /** By blocks on a GPU; a processor reads operands where they lie. */
  function run(name: keyof AttentionPrograms, operands: readonly Operand[], call: Call, rows: number): void {
    const { variant, matrices, words } = call
    if (!machine.workgroupMemory || !fitsBlocks(variant)) {
      runByRows(byRows[name](variant), operands, call, rows)
      return
    }
    const blocks = matrices * Math.ceil(rows / blockSize)
    machine.run(byBlocks[name](variant), operands, [blocks, ...words], folded(blocks))
  }

  /** One invocation for each row of an output. */
  function runByRows(program: Program, operands: readonly Operand[], { matrices, words }: Call, rows: number): void {
    machine.run(program, operands, [matrices * rows, ...words], flat(matrices * rows))
  }
}

function callOf(q: View, v: View, bias: View | undefined, { scale, dropout }: AttentionParameters): Call {
  const [batch, heads, queries, headSize] = q.shape as [number, number, number, number]
  const [keys, valueSize] = v.shape.slice(2) as [number, number]
  const biasSteps = bias ? broadcastStrides(bias.shape, [batch, heads, queries, keys]) : [0, 0, 0, 0]
  const drop = dropout ? [...dropout.key, dropoutThreshold(dropout.rate), bitsOf(1 / (1 - dropout.rate))] : [0, 0, 0, 0]
  return {
    variant: { headSize, valueSize, biased: bias !== undefined, drops: dropout !== undefined, half: q.dtype === 'f16' },
    queries,
    keys,
    matrices: batch * heads,
    words: [heads, queries, keys, bitsOf(scale), ...biasSteps, ...drop],
  }
}
