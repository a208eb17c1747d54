import type { Composites } from '@tlc/tensor'
import { dequantizedRows } from './dequantize.ts'
import type { GraphBuilder } from './graph.ts'
import { exchanged, within } from './primitive-rows.ts'
import type { Operand, Row } from './row.ts'
import { quantizedProducts } from './weight-forms.ts'

/** Composites that have an operator of their own, or a form for quantized weights. Others are heard by their formula. */
export const compositeRows: { readonly [C in keyof Composites]?: Row<Composites[C]> | string } = {
  linear: (graph, { inputs: [x, weight, bias] }) => linear(graph, x!, weight!, bias),
  softmax: (graph, { inputs: [x] }) => graph.node('Softmax', [x!.name()], { attributes: { axis: -1 } }),
  logSoftmax: (graph, { inputs: [x] }) => graph.node('LogSoftmax', [x!.name()], { attributes: { axis: -1 } }),
  gelu: (graph, { inputs: [x] }) => graph.node('Gelu', [x!.name()]),
  layerNorm: (graph, { inputs, parameters: { epsilon } }) =>
    graph.node(
      'LayerNormalization',
      inputs.map((x) => x.name()),
      { attributes: { axis: -1, epsilon: { float: epsilon } } },
    ),
  attention: (graph, { inputs: [q, k, v, bias], parameters: { scale, dropout } }) => {
    if (dropout) throw new TypeError('exportOnnx: attention has dropout; run the model in evaluation, without a key')
    const scaled = graph.node('Mul', [q!.name(), graph.scalar(scale, 'f32')])
    const products = graph.node('MatMul', [scaled, exchanged(graph, k!.name(), 4)])
    const scores = bias ? graph.node('Add', [products, bias.name()]) : products
    return graph.node('MatMul', [graph.node('Softmax', [scores], { attributes: { axis: -1 } }), v!.name()])
  },
  embedding: (graph, { inputs: [table, ids] }) => {
    const inside = within(graph, ids!.name(), table!.shape[0]!)
    const { quantized } = table!
    return quantized
      ? dequantizedRows(graph, quantized, inside, ids!.shape.length)
      : graph.node('Gather', [table!.name(), inside])
  },
  dropout: 'dropout is for training; run the model in evaluation, without a key',
}

function linear(graph: GraphBuilder, x: Operand, weight: Operand, bias: Operand | undefined): string {
  const { quantized } = weight
  const product = quantized && quantizedProducts[quantized.form](graph, x, quantized)
  if (!product && x.shape.length === 2) {
    const inputs = [x, weight, ...(bias ? [bias] : [])].map((each) => each.name())
    return graph.node('Gemm', inputs, { attributes: { transB: 1 } })
  }
  const plain = product ?? graph.node('MatMul', [x.name(), exchanged(graph, weight.name(), 2)])
  return bias ? graph.node('Add', [plain, bias.name()]) : plain
}
