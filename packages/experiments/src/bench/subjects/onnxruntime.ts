import { type OnnxNode, type OnnxValue, onnxModel } from '@tlc/quant/onnx'
import { type Shape, sizeOf } from '@tlc/tensor'
import type { Call, Runnable } from '../case.ts'
import { type PeerOperations, prepareOnPeer } from './peer.ts'
import type { Description, Subject } from './subject.ts'

/** What is used of onnxruntime-common, which both runtimes share. */
export interface Onnxruntime {
  readonly Tensor: new (type: string, data: Float32Array | Int32Array, shape: readonly number[]) => OrtTensor
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> }
  readonly env: { readonly wasm: { numThreads: number } }
}

interface OrtTensor {
  getData(): Promise<Float32Array>
  dispose(): void
}

interface OrtSession {
  run(feeds: { readonly [name: string]: OrtTensor }): Promise<{ readonly [name: string]: OrtTensor }>
  release(): Promise<void>
}

/** onnxruntime in either form: graphs of one operation, both operands of a product given when it runs. */
export function onnxruntimeSubject(runtime: Onnxruntime, description: Description): Subject {
  const { threads } = description
  const options = {
    executionProviders: [description.build ?? 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  }
  const table: PeerOperations = Object.fromEntries(
    Object.entries(graphs).map(([op, graph]) => [
      op,
      typeof graph === 'string' ? graph : (call: Call) => runnableOf(runtime, options, call, graph(call)),
    ]),
  )
  return {
    description,
    prepare: (each) => prepareOnPeer(table, each),
    train: async () => ({ absent: 'does not train' }),
    close: async () => undefined,
  }
}

/** Inputs are named a, b, c … and the output y. */
interface Graph {
  readonly nodes: readonly OnnxNode[]
  readonly shape: Shape
}

const node = (
  op: string,
  inputs: string,
  attributes: OnnxNode['attributes'] = {},
  rest: Partial<OnnxNode> = {},
): OnnxNode => ({
  op,
  inputs: [...inputs],
  outputs: ['y'],
  attributes,
  ...rest,
})

const noGradient = 'no operator for this gradient'

const graphs: { readonly [op: string]: ((call: Call) => Graph) | string } = {
  matmul({ parameters, inputs: [a, b] }) {
    const { transposeA, transposeB } = parameters as { transposeA: boolean; transposeB: boolean }
    const [transA, transB] = [Number(transposeA), Number(transposeB)]
    const shape = [...a!.shape.slice(0, -2), a!.shape.at(transposeA ? -1 : -2)!, b!.shape.at(transposeB ? -2 : -1)!]
    if (!transposeA && !transposeB) return { nodes: [node('MatMul', 'ab')], shape }
    // Gemm is for matrices only; batches have an operator of onnxruntime's own.
    if (shape.length === 2) return { nodes: [node('Gemm', 'ab', { transA, transB })], shape }
    return { nodes: [node('FusedMatMul', 'ab', { transA, transB }, { domain: 'com.microsoft' })], shape }
  },
  linear: ({ inputs: [x, w] }) => ({
    nodes: [node('Gemm', 'abc', { transB: 1 })],
    shape: [x!.shape[0]!, w!.shape[0]!],
  }),
  attention({ parameters, inputs: [q, , v] }) {
    const { scale } = parameters as { scale: number }
    const fused = { domain: 'com.microsoft', outputs: ['scores'] }
    return {
      nodes: [
        node('FusedMatMul', 'ab', { transB: 1, alpha: { float: scale } }, fused),
        { op: 'Softmax', inputs: ['scores'], outputs: ['weights'], attributes: { axis: -1 } },
        { op: 'MatMul', inputs: ['weights', 'c'], outputs: ['y'] },
      ],
      shape: [...q!.shape.slice(0, -1), v!.shape.at(-1)!],
    }
  },
  softmax: ({ inputs: [x] }) => ({ nodes: [node('Softmax', 'a', { axis: -1 })], shape: x!.shape }),
  gelu: ({ inputs: [x] }) => ({ nodes: [node('Gelu', 'a')], shape: x!.shape }),
  layerNorm({ parameters, inputs: [x] }) {
    const { epsilon } = parameters as { epsilon: number }
    return { nodes: [node('LayerNormalization', 'abc', { axis: -1, epsilon: { float: epsilon } })], shape: x!.shape }
  },
  crossEntropy: ({ inputs: [, targets] }) => ({
    nodes: [node('SoftmaxCrossEntropyLoss', 'ab', { reduction: 'none' })],
    shape: targets!.shape,
  }),
  embedding: ({ inputs: [table, ids] }) => ({
    nodes: [node('Gather', 'ab', { axis: 0 })],
    shape: [...ids!.shape, table!.shape[1]!],
  }),
  attentionGrad: noGradient,
  softmaxGrad: noGradient,
  geluGrad: noGradient,
  layerNormGrad: noGradient,
  crossEntropyGrad: noGradient,
  embeddingGrad: noGradient,
  dropout: 'draws random numbers of its own, which cannot be compared',
  adamwStep: 'no operator for updates',
}

async function runnableOf(
  runtime: Onnxruntime,
  options: object,
  call: Call,
  { nodes, shape }: Graph,
): Promise<Runnable> {
  const used = new Set(nodes.flatMap(({ inputs }) => inputs))
  const names = [...'abcdefg'].slice(0, call.inputs.length).filter((name) => used.has(name))
  const inputs = names.map((name, place): OnnxValue => {
    const { shape, data } = call.inputs[place]!
    return { name, shape, type: data instanceof Int32Array ? 'int32' : 'float' }
  })
  const model = onnxModel({ nodes, inputs, outputs: [{ name: 'y', shape, type: 'float' }] })
  const session = await runtime.InferenceSession.create(model, options)
  const feeds = Object.fromEntries(
    inputs.map(({ name, type }, place) => {
      const { data, shape } = call.inputs[place]!
      return [name, new runtime.Tensor(type === 'float' ? 'float32' : type, data, shape)]
    }),
  )
  return {
    async results() {
      const { y } = await session.run(feeds)
      const data = Float32Array.from(await y!.getData())
      y!.dispose()
      return [data.subarray(0, sizeOf(shape))]
    },
    async run() {
      const { y } = await session.run(feeds)
      y!.dispose()
    },
    [Symbol.dispose]() {
      void session.release()
    },
  }
}
