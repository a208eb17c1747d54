import { composites, type Shape, sizeOf, type Tensor, tensor } from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'
import { compositeCase } from './composite.ts'

interface Size {
  readonly rows: number
  readonly inputs: number
  readonly outputs: number
}

/** Many rows, which arithmetic bounds, and one, for which the weights come from memory; the quick ones are smaller. */
const sizes = (quick: boolean): { readonly many: Size; readonly one: Size } => ({
  many: quick ? { rows: 64, inputs: 256, outputs: 256 } : { rows: 512, inputs: 1024, outputs: 1024 },
  one: quick ? { rows: 1, inputs: 512, outputs: 512 } : { rows: 1, inputs: 4096, outputs: 4096 },
})

/** Linear layers whose weights are small whole numbers, by turns with the same in f32. */
export function quantizedGroup(quick: boolean): Group {
  const { many, one } = sizes(quick)
  return {
    name: 'quantized',
    title: 'Linear layers by weights: f32, int8 times inputs rounded at run time, 4 bits in groups of 32 times f32',
    unit: 'GFLOP/s',
    cases: [floats(many), whole(many), floats(one), whole(one), nibbles(one)],
    comparedBy: ({ row }) => [row],
  }
}

/** What is checked: all rows, and few enough outputs for the truth to be found in float64. */
const checkedOutputs = 64

function caseOf(size: Size, column: string, op: LinearOp, inputs: (size: Size) => readonly Tensor[]): Case {
  const { rows, inputs: inner, outputs } = size
  const fewer = { ...size, rows: Math.min(rows, 64), outputs: Math.min(outputs, checkedOutputs) }
  const parameters = op === 'weightOnlyLinear' ? { bits: 4, group, zeroPoints: false } : {}
  return compositeCase<unknown>({
    row: `[${rows}, ${inner}] → ${outputs}`,
    column,
    op: composites[op],
    parameters,
    work: 2 * rows * inner * outputs,
    inputs: () => inputs(size),
    checked: { parameters, inputs: () => inputs(fewer) },
  })
}

type LinearOp = 'linear' | 'quantizedLinear' | 'weightOnlyLinear'

/** Weights of 4 bits that share a scale. */
const group = 32

const draw = (shape: Shape, seed: number): Tensor => tensor(numbers(sizeOf(shape), seed), { shape })

function floats(size: Size): Case {
  return caseOf(size, 'f32', 'linear', ({ rows, inputs, outputs }) => [
    draw([rows, inputs], 1),
    draw([outputs, inputs], 2),
    draw([outputs], 3),
  ])
}

/** x is whole numbers of steps of 2⁻⁷, so that float64 rounds none of them to another one. */
function whole(size: Size): Case {
  return caseOf(size, 'int8', 'quantizedLinear', ({ rows, inputs, outputs }) => {
    const steps = numbers(rows * inputs, 1).map((x, at) => (at % inputs === 0 ? 127 : Math.round(126 * x)) / 128)
    const codes = Int8Array.from(numbers(outputs * inputs, 2), (x) => Math.round(127 * x))
    return [
      tensor(steps, { shape: [rows, inputs] }),
      tensor(codes, { shape: [outputs, inputs], dtype: 'i8' }),
      draw([outputs], 3),
      draw([outputs], 4),
    ]
  })
}

function nibbles(size: Size): Case {
  return caseOf(size, '4 bits', 'weightOnlyLinear', ({ rows, inputs, outputs }) => {
    const codes = Uint8Array.from(numbers((outputs * inputs) / 2, 2), (x) => Math.round(127.5 * (x + 1)))
    return [
      draw([rows, inputs], 1),
      tensor(codes, { shape: [outputs, inputs / 2], dtype: 'u8' }),
      draw([outputs, inputs / group], 3),
      draw([outputs], 4),
    ]
  })
}
