/**
 * GB/s of every kernel but the products, beside a plain copy: `npm run bench:rows [-- --strict] [-- --json]
 * [-- --rows 2048] [-- --only layerNorm]`. Tensors are `[rows, 1024]` f32, 8 MB by default. Bytes are those of inputs and
 * outputs, each counted once.
 */
import { parseArgs } from 'node:util'
import {
  type Composite,
  apply,
  composites,
  type DType,
  key,
  openBackend,
  type Primitive,
  type Shape,
  scope,
  type Tensor,
  tensor,
  useBackend,
} from '@tlc/tensor'
import { environment, format, measure, numbers, type Rate } from './measure.ts'

const { values } = parseArgs({
  options: {
    strict: { type: 'boolean' },
    json: { type: 'boolean' },
    rows: { type: 'string' },
    only: { type: 'string' },
  },
})
const backend = await openBackend('wasm', { strict: values.strict ?? false })
useBackend(backend)

const rows = Number(values.rows ?? 2048)
const size = 1024

interface Case {
  readonly name: string
  readonly op: Primitive | Composite<never>
  readonly inputs: readonly Tensor[]
  readonly parameters?: unknown
  readonly into?: readonly Tensor[]
}

function random(shape: Shape, seed = 1): Tensor {
  return tensor(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    { shape },
  )
}

function whole(count: number, limit: number, dtype: DType = 'i32'): Tensor {
  return tensor(
    Int32Array.from({ length: count }, (_, i) => (i * 7919) % limit),
    { dtype },
  )
}

const x = random([rows, size])
const y = random([rows, size], 2)
const positive = x.mul(x).add(0.01)
const row = random([size], 3)
const column = random([rows, 1], 4)
const scalar = random([], 5)
const heads = x.reshape([rows / 128, 128, 16, 64])
const half = x.cast('f16')
const brain = x.cast('bf16')
const ids = whole(rows, 8192)
const table = random([8192, size], 6)
const logits = random([rows / 8, 8192], 7)
const targets = whole(rows / 8, 8192)
const [, mean, scale] = apply(composites.layerNorm, [x, row, row], { epsilon: 1e-5 }) as [Tensor, Tensor, Tensor]
const logSumExp = apply(composites.crossEntropy, [logits, targets], { ignoreIndex: -100, labelSmoothing: 0 })[1]!
const losses = random([rows / 8], 8)
const state = [scalar, x, y, random([rows, size], 9), positive]
const last = { axes: [1], keepDims: true }
const entropy = { ignoreIndex: -100, labelSmoothing: 0 }

const cases: readonly Case[] = [
  { name: 'copy', op: 'slice', inputs: [x], parameters: { start: [0, 0], end: [rows, size] } },
  ...(['neg', 'exp', 'sqrt', 'sin', 'tanh', 'erf', 'round'] as const).map((op) => ({ name: op, op, inputs: [x] })),
  { name: 'log', op: 'log', inputs: [positive] },
  { name: 'cast f32 to f16', op: 'cast', inputs: [x], parameters: { dtype: 'f16' } },
  { name: 'cast f16 to f32', op: 'cast', inputs: [half], parameters: { dtype: 'f32' } },
  { name: 'cast f32 to bf16', op: 'cast', inputs: [x], parameters: { dtype: 'bf16' } },
  { name: 'cast bf16 to f32', op: 'cast', inputs: [brain], parameters: { dtype: 'f32' } },
  { name: 'cast f32 to i8', op: 'cast', inputs: [x], parameters: { dtype: 'i8' } },
  { name: 'add', op: 'add', inputs: [x, y] },
  { name: 'add a row', op: 'add', inputs: [x, row] },
  { name: 'mul by a column', op: 'mul', inputs: [x, column] },
  { name: 'mul by a scalar', op: 'mul', inputs: [x, scalar] },
  { name: 'div', op: 'div', inputs: [x, positive] },
  { name: 'max', op: 'max', inputs: [x, y] },
  { name: 'less', op: 'less', inputs: [x, y] },
  { name: 'where', op: 'where', inputs: [x.less(y), x, scalar] },
  { name: 'sum over the last axis', op: 'sum', inputs: [x], parameters: last },
  { name: 'sum over the first axis', op: 'sum', inputs: [x], parameters: { axes: [0], keepDims: false } },
  { name: 'sum over all', op: 'sum', inputs: [x], parameters: { axes: [0, 1], keepDims: false } },
  { name: 'maxOver the last axis', op: 'maxOver', inputs: [x], parameters: last },
  { name: 'permute heads', op: 'permute', inputs: [heads], parameters: { axes: [0, 2, 1, 3] } },
  { name: 'permute, transposing', op: 'permute', inputs: [x], parameters: { axes: [1, 0] } },
  { name: 'expand a row', op: 'expand', inputs: [row], parameters: { shape: [rows, size] } },
  { name: 'expand a column', op: 'expand', inputs: [column], parameters: { shape: [rows, size] } },
  { name: 'pad', op: 'pad', inputs: [x], parameters: { before: [0, 1], after: [0, 1], value: 0 } },
  { name: 'concat, last axis', op: 'concat', inputs: [x, y], parameters: { axis: 1 } },
  { name: 'randomBits', op: 'randomBits', inputs: [], parameters: { key: key(1), shape: [rows, size] } },
  { name: 'dropout', op: composites.dropout, inputs: [x], parameters: { key: key(1), rate: 0.1 } },
  { name: 'softmax', op: composites.softmax, inputs: [x] },
  { name: 'softmaxGrad', op: composites.softmaxGrad, inputs: [x, y] },
  { name: 'logSoftmax', op: composites.logSoftmax, inputs: [x] },
  { name: 'logSoftmaxGrad', op: composites.logSoftmaxGrad, inputs: [x, y] },
  { name: 'gelu', op: composites.gelu, inputs: [x] },
  { name: 'geluGrad', op: composites.geluGrad, inputs: [x, y] },
  { name: 'layerNorm', op: composites.layerNorm, inputs: [x, row, row], parameters: { epsilon: 1e-5 } },
  { name: 'layerNormGrad', op: composites.layerNormGrad, inputs: [x, row, mean, scale, y] },
  { name: 'crossEntropy', op: composites.crossEntropy, inputs: [logits, targets], parameters: entropy },
  {
    name: 'crossEntropyGrad',
    op: composites.crossEntropyGrad,
    inputs: [logits, targets, logSumExp, losses],
    parameters: entropy,
  },
  { name: 'embedding', op: composites.embedding, inputs: [table, ids], parameters: { paddingIndex: 1 } },
  { name: 'embeddingGrad', op: composites.embeddingGrad, inputs: [x, ids], parameters: { paddingIndex: 1, rows: 8192 } },
  {
    name: 'adamwStep',
    op: composites.adamwStep,
    inputs: state,
    parameters: { learningRate: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: [0.01], step: 10 },
    into: [x, state[3]!, positive],
  },
  { name: 'globalNorm', op: composites.globalNorm, inputs: [x, y] },
]

function bytesOf(inputs: readonly Tensor[], outputs: readonly Tensor[]): number {
  // An embedding reads as many rows of its table as it writes.
  const read = inputs[0] === table ? outputs : inputs
  return [...read, ...outputs].reduce((total, { buffer }) => total + buffer.bytes, 0)
}

function measureCase({ op, inputs, parameters = {}, into }: Case): Rate {
  const run = (): void => {
    using inner = scope()
    inner.keep(apply(op as Composite<unknown>, inputs, parameters, into)).forEach((output) => {
      if (!into) output.dispose()
    })
  }
  using first = scope()
  const bytes = bytesOf(inputs, first.keep(apply(op as Composite<unknown>, inputs, parameters, into)))
  return measure(bytes, run)
}

const stamp = environment((backend as { build?: string }).build ?? 'unknown')
const results: { readonly name: string; readonly gigabytes: Rate }[] = []
if (!values.json) console.log(`${JSON.stringify(stamp)}\n[${rows}, ${size}] f32, GB/s: median (quartiles)`)
for (const each of cases) {
  if (values.only && !each.name.includes(values.only)) continue
  const gigabytes = measureCase(each)
  results.push({ name: each.name, gigabytes })
  if (!values.json) console.log(each.name.padEnd(26), format(gigabytes))
}
if (values.json) console.log(JSON.stringify({ environment: stamp, results }, null, 2))
await backend.close()
