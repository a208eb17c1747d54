import type { DType, Primitive, Primitives } from '@tlc/tensor'
import { type GraphBuilder, typeNames } from './graph.ts'
import { elementTypes } from './model-proto.ts'
import type { Operand, Row, RowCall } from './row.ts'
import { fixedSize, isFixed, type Size, sameSize } from './size.ts'

/** For each primitive, the nodes that do the same; or why there are none. */
export const primitiveRows: { readonly [P in Primitive]: Row<Primitives[P]> | string } = {
  neg: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  sin: same('Sin'),
  cos: same('Cos'),
  tanh: same('Tanh'),
  erf: same('Erf'),
  round: same('Round'),
  cast: (graph, { inputs: [x], parameters: { dtype } }) => castTo(graph, x!.name(), dtype),
  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: (graph, { inputs: [a, b] }) =>
    a!.dtype === 'f32' ? graph.node('Div', [a!.name(), b!.name()]) : wholeQuotient(graph, a!.name(), b!.name()),
  max: same('Max'),
  less: same('Less'),
  equal: same('Equal'),
  where: (graph, { inputs: [condition, a, b] }) => {
    const [holds, yes, no] = [condition!.name(), a!.name(), b!.name()]
    return a!.dtype === 'bool' ? eitherOf(graph, holds, yes, no) : graph.node('Where', [holds, yes, no])
  },
  sum: reduction('ReduceSum'),
  maxOver: reduction('ReduceMax'),
  matmul: (graph, { inputs: [a, b], parameters: { transposeA, transposeB } }) =>
    graph.node('MatMul', [lastTwo(graph, a!, transposeA), lastTwo(graph, b!, transposeB)]),
  reshape: (graph, { inputs: [x], outputs: [y] }) => reshaped(graph, x!.name(), x!.shape, y!.shape),
  permute: (graph, { inputs: [x], parameters: { axes } }) =>
    graph.node('Transpose', [x!.name()], { attributes: { perm: axes } }),
  expand: (graph, { inputs: [x], outputs: [y] }) => graph.node('Expand', [x!.name(), graph.sizes(y!.shape)]),
  pad: padded,
  slice: sliced,
  concat: (graph, { inputs, parameters: { axis } }) =>
    graph.node(
      'Concat',
      inputs.map((x) => x.name()),
      { attributes: { axis } },
    ),
  gather: (graph, { inputs: [x, ids], parameters: { axis } }) =>
    graph.node('Gather', [x!.name(), within(graph, ids!.name(), x!.shape[axis]!)], { attributes: { axis } }),
  scatterAdd: 'only gradients need it',
  randomBits: 'ONNX has no random words of a key; run the model in evaluation, without a key',
}

/** An operator that does what the primitive does, on the same inputs. */
function same(op: string): Row<unknown> {
  return (graph, { inputs }) =>
    graph.node(
      op,
      inputs.map((x) => x.name()),
    )
}

function castTo(graph: GraphBuilder, x: string, dtype: DType): string {
  const type = typeNames[dtype]
  if (!type) throw new TypeError(`exportOnnx: there are no numbers of type ${dtype} in the graph; cast to another type`)
  return graph.node('Cast', [x], { attributes: { to: elementTypes[type] } })
}

/** Toward zero; x / 0 = 0. A processor has no quotient by 0, and none of the least number by -1. */
function wholeQuotient(graph: GraphBuilder, a: string, b: string): string {
  const [zero, one, minusOne] = [0, 1, -1].map((value) => graph.scalar(value, 'i32')) as [string, string, string]
  const byZero = graph.node('Equal', [b, zero])
  const byMinusOne = graph.node('Equal', [b, minusOne])
  const special = graph.node('Or', [byZero, byMinusOne])
  const quotient = graph.node('Div', [a, graph.node('Where', [special, one, b])])
  const negated = graph.node('Where', [byMinusOne, graph.node('Neg', [a]), quotient])
  return graph.node('Where', [byZero, zero, negated])
}

/** Where for bool, which onnxruntime does not have. */
function eitherOf(graph: GraphBuilder, condition: string, a: string, b: string): string {
  return graph.node('Or', [graph.node('And', [condition, a]), graph.node('And', [graph.node('Not', [condition]), b])])
}

function reduction(op: string): Row<Primitives['sum']> {
  return (graph, { inputs: [x], parameters: { axes, keepDims } }) =>
    graph.node(op, [x!.name(), graph.integers(...axes)], {
      attributes: { keepdims: Number(keepDims), noop_with_empty_axes: 1 },
    })
}

/** x, its last two axes exchanged if so wanted. */
function lastTwo(graph: GraphBuilder, x: Operand, transposed: boolean): string {
  return transposed ? exchanged(graph, x.name(), x.shape.length) : x.name()
}

/** The last two axes exchanged. */
export function exchanged(graph: GraphBuilder, x: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis))
  return graph.once(`exchanged ${x}`, () => graph.node('Transpose', [x], { attributes: { perm } }))
}

/** x under another shape: written with 0 (as in x) and -1 (what is left) where that says it all. */
function reshaped(graph: GraphBuilder, x: string, from: readonly Size[], to: readonly Size[]): string {
  const open = to.flatMap((size, axis) => (isFixed(size) ? [] : [axis]))
  const kept = open.filter((axis) => axis < from.length && sameSize(from[axis]!, to[axis]!))
  const copied = open.length > 1 ? kept : []
  const left = open.filter((axis) => !copied.includes(axis))
  if (left.length > 1) return graph.node('Reshape', [x, graph.sizes(to)], { attributes: { allowzero: 1 } })
  const target = to.map(({ offset }, axis) => (copied.includes(axis) ? 0 : left.includes(axis) ? -1 : offset))
  // A size that really is 0 excludes the -1, and there is nothing left to work out beside it.
  const attributes = open.length === 0 ? { allowzero: 1 } : {}
  return graph.node('Reshape', [x, graph.integers(...target)], { attributes })
}

function padded(graph: GraphBuilder, call: RowCall<Primitives['pad']>): string {
  const [x] = call.inputs as [Operand]
  if (x.shape.length === 0) return x.name()
  const { value } = call.parameters
  const widths = (side: 'before' | 'after'): Size[] =>
    x.shape.map((_, axis) => call.size((parameters) => parameters[side][axis]!))
  const zero = graph.scalar(value, x.dtype === 'f32' ? 'f32' : 'i32')
  const border = x.dtype === 'f32' || x.dtype === 'i32' ? zero : castTo(graph, zero, x.dtype)
  return graph.node('Pad', [x.name(), graph.sizes([...widths('before'), ...widths('after')]), border])
}

function sliced(graph: GraphBuilder, call: RowCall<Primitives['slice']>): string {
  const [x] = call.inputs as [Operand]
  const starts = x.shape.map((_, axis) => call.size(({ start }) => start[axis]!))
  const ends = x.shape.map((_, axis) => call.size(({ end }) => end[axis]!))
  const axes = [...x.shape.keys()].filter(
    (axis) => !(sameSize(starts[axis]!, fixedSize(0)) && sameSize(ends[axis]!, x.shape[axis]!)),
  )
  if (axes.length === 0) return graph.node('Identity', [x.name()])
  const of = (sizes: readonly Size[]): string => graph.sizes(axes.map((axis) => sizes[axis]!))
  return graph.node('Slice', [x.name(), of(starts), of(ends), graph.integers(...axes)])
}

/** Ids moved to 0 … size - 1; an operator of ONNX would count negative ones from the end, and refuse others. */
export function within(graph: GraphBuilder, ids: string, size: Size): string {
  const last = { ...size, offset: size.offset - 1 }
  return graph.node('Clip', [ids, graph.scalar(0, 'i32'), graph.numberOf(last, 'i32')])
}
