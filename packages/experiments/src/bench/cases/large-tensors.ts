import {
  type Composite,
  type Composites,
  cast,
  composites,
  less,
  type Primitive,
  type Primitives,
  type Shape,
  sizeOf,
  type Tensor,
  tensor,
} from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'
import { compositeCase } from './composite.ts'
import { copyCase } from './copy.ts'

/** An operation on tensors of one shape. */
interface Row {
  readonly name: string
  readonly op: Primitive | Composite<never>
  readonly parameters: unknown
  readonly inputs: (draw: Draw) => readonly Tensor[]
  /** read and written, for each element of the shape */
  readonly bytes: number
}

/** Kernels over elements and rows of large tensors, 8 MB unless quick: memory, or the arithmetic, should limit them. */
export function largeTensorGroup(quick: boolean): Group {
  const [rows, size] = quick ? [64, 256] : [2048, 1024]
  const checked = rowsOf(64, 256)
  const timed = rowsOf(rows, size)
  const sets = new Map(timed.map(({ name }, place) => [name, String(Math.floor(place / atATime))]))
  return {
    name: 'large tensors',
    title: `Kernels over elements and rows of [${rows}, ${size}] f32: bytes that must be read and written, beside a plain copy`,
    unit: 'GB/s',
    cases: [
      copyCase(`[${rows}, ${size}]`, 8 * rows * size),
      ...timed.map((row, place) => caseOf(row, new Draw(rows, size), checked[place]!, new Draw(64, 256))),
    ],
    comparedBy: ({ row, column }) => (column === 'copy' ? [...new Set(sets.values())] : [sets.get(row)!]),
  }
}

/** A few kernels at a time take turns with the copy: as many as fit memory, and as follow it within a second. */
const atATime = 6

/** An operation, checked on less than it is timed on: the truth of millions of elements takes seconds. */
function caseOf(row: Row, draw: Draw, checked: Row, checkedDraw: Draw): Case {
  return compositeCase<unknown>({
    row: row.name,
    column: 'kernel',
    op: row.op as Primitive | Composite<unknown>,
    parameters: row.parameters,
    work: row.bytes * draw.rows * draw.size,
    inputs: () => row.inputs(draw.again()),
    checked: { parameters: checked.parameters, inputs: () => checked.inputs(checkedDraw.again()) },
  })
}

/** Inputs of a size. */
class Draw {
  readonly rows: number
  readonly size: number
  #drawn = 0

  constructor(rows: number, size: number) {
    this.rows = rows
    this.size = size
  }

  /** The same numbers once more. */
  again(): Draw {
    return new Draw(this.rows, this.size)
  }

  /** Numbers in -1..1. */
  floats(shape: Shape = [this.rows, this.size]): Tensor {
    return tensor(numbers(sizeOf(shape), ++this.#drawn), { shape })
  }

  /** Numbers in 1..3. */
  positive(shape: Shape = [this.rows, this.size]): Tensor {
    const data = numbers(sizeOf(shape), ++this.#drawn)
    return tensor(
      data.map((x) => x + 2),
      { shape },
    )
  }
}

const whole = (draw: Draw): readonly Tensor[] => [draw.floats()]
const pair = (draw: Draw): readonly Tensor[] => [draw.floats(), draw.floats()]

function row<P extends Primitive>(
  name: string,
  op: P,
  parameters: Primitives[P],
  bytes: number,
  inputs: (draw: Draw) => readonly Tensor[] = whole,
): Row {
  return { name, op, parameters, bytes, inputs }
}

function fused<C extends keyof Composites>(
  op: C,
  parameters: Composites[C],
  bytes: number,
  inputs: (draw: Draw) => readonly Tensor[] = whole,
): Row {
  return { name: op, op: composites[op], parameters, bytes, inputs }
}

function rowsOf(rows: number, size: number): readonly Row[] {
  return [...primitivesOf(rows, size), ...fusedOf(rows, size)]
}

function primitivesOf(rows: number, size: number): readonly Row[] {
  const shape = [rows, size]
  const last = { axes: [1], keepDims: true }
  const first = { axes: [0], keepDims: false }
  return [
    ...(['neg', 'exp', 'sin', 'tanh', 'erf'] as const).map((op) => row(op, op, {}, 8)),
    ...(['sqrt', 'log'] as const).map((op) => row(op, op, {}, 8, (draw) => [draw.positive()])),
    row('cast to f16', 'cast', { dtype: 'f16' }, 6),
    row('cast from f16', 'cast', { dtype: 'f32' }, 6, (draw) => [cast(draw.floats(), 'f16')]),
    row('cast to i8', 'cast', { dtype: 'i8' }, 5),
    row('add', 'add', {}, 12, pair),
    row('add a row', 'add', {}, 8, (draw) => [draw.floats(), draw.floats([size])]),
    row('mul by a column', 'mul', {}, 8, (draw) => [draw.floats(), draw.floats([rows, 1])]),
    row('div', 'div', {}, 12, (draw) => [draw.floats(), draw.positive()]),
    row('max', 'max', {}, 12, pair),
    row('less', 'less', {}, 9, pair),
    row('where', 'where', {}, 9, (draw) => [less(draw.floats(), draw.floats()), draw.floats(), draw.floats([])]),
    row('sum over the last axis', 'sum', last, 4),
    row('sum over the first axis', 'sum', first, 4),
    row('maxOver the last axis', 'maxOver', last, 4),
    row('permute heads', 'permute', { axes: [0, 2, 1, 3] }, 8, (draw) => [draw.floats([rows / 16, 16, size / 64, 64])]),
    row('permute, transposing', 'permute', { axes: [1, 0] }, 8),
    row('expand a row', 'expand', { shape }, 4, (draw) => [draw.floats([size])]),
    row('pad', 'pad', { before: [0, 1], after: [0, 1], value: 0 }, 8),
    row('concat', 'concat', { axis: 1 }, 16, pair),
    row('randomBits', 'randomBits', { key: [1, 2], shape }, 4, () => []),
  ]
}

function fusedOf(rows: number, size: number): readonly Row[] {
  const statistics = (draw: Draw) => [draw.floats([rows, 1]), draw.positive([rows, 1])]
  return [
    fused('softmax', {}, 8),
    fused('softmaxGrad', {}, 12, pair),
    fused('logSoftmax', {}, 8),
    fused('gelu', {}, 8),
    fused('geluGrad', {}, 12, pair),
    fused('layerNorm', { epsilon: 1e-5 }, 8, (draw) => [draw.floats(), draw.floats([size]), draw.floats([size])]),
    fused('layerNormGrad', {}, 12, (draw) => [draw.floats(), draw.floats([size]), ...statistics(draw), draw.floats()]),
    fused('dropout', { key: [1, 2], rate: 0.1 }, 8),
  ]
}
