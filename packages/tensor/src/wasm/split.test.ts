import { afterAll, expect, test } from 'vitest'
import { withBackend } from '../context.ts'
import {
  apply,
  type Backend,
  composites,
  concat,
  dropout,
  gather,
  globalNorm,
  matmul,
  randomBits,
  type Shape,
  scatterAdd,
  sizeOf,
  type Tensor,
  tensor,
  where,
} from '../index.ts'
import { WasmBackend } from './backend.ts'
import { Machine, type RangeKernel } from './machine.ts'
import { compile, createMemory, instantiate } from './module.ts'

/** Does every kernel in the smallest pieces that it allows, the last piece first, as if by many threads. */
class SplittingMachine extends Machine {
  /** Calls since the last reset. */
  pieces = 0

  override run(kernel: RangeKernel, items: number, grain: number, ...leading: number[]): void {
    const call = this.exports[kernel] as (...args: number[]) => void
    const starts = Array.from({ length: Math.ceil(items / grain) }, (_, piece) => piece * grain)
    for (const start of starts.reverse()) call(...leading, start, Math.min(start + grain, items))
    this.pieces += starts.length
  }
}

async function open<M extends Machine>(kind: new (...args: ConstructorParameters<typeof Machine>) => M): Promise<M> {
  const memory = createMemory(false)
  return new kind(await instantiate(await compile('simd'), memory), memory)
}

const splitting = await open(SplittingMachine)
const whole = new WasmBackend(await open(Machine), 'simd')
const split = new WasmBackend(splitting, 'simd')

afterAll(async () => {
  await Promise.all([whole.close(), split.close()])
})

/** Numbers in -1..1, the same every time. */
function numbers(shape: Shape, backend: Backend, seed: number): Tensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + 1.7 * i + (i % 13) ** 2))
  return tensor(data, { shape, backend })
}

const heads: Shape = [2, 3, 40, 16]

const cases: { readonly [name: string]: (at: (...shape: number[]) => Tensor) => readonly Tensor[] } = {
  'matmul by rows': (at) => [matmul(at(300, 170), at(170, 190))],
  'matmul by columns': (at) => [matmul(at(30, 170), at(170, 1100))],
  'matmul in batches': (at) => [matmul(at(7, 100, 90), at(7, 90, 80), {})],
  linear: (at) => apply(composites.linear, [at(300, 170), at(190, 170), at(190)], {}),
  'linear by columns': (at) => apply(composites.linear, [at(30, 170), at(1100, 170), at(1100)], {}),
  attention: (at) =>
    apply(composites.attention, [at(...heads), at(...heads), at(...heads), at(2, 1, 1, 40)], { scale: 0.3 }),
  attentionGrad: (at) => {
    const inputs = [at(...heads), at(...heads), at(...heads), at(...heads), at(2, 3, 40, 1), at(...heads)]
    return apply(composites.attentionGrad, inputs, { scale: 0.3 })
  },
}

/** Tensors of more items than the largest grain has. */
const large: Shape = [300, 171]

const rowwise: typeof cases = {
  'functions of one input': (at) => {
    const x = at(...large)
    return [x.neg(), x.exp(), x.log(), x.sqrt(), x.sin(), x.tanh(), x.erf(), x.round(), x.gelu()]
  },
  casts: (at) => (['f16', 'bf16', 'i8', 'bool', 'u32', 'f32'] as const).map((dtype) => at(...large).cast(dtype)),
  'pairs that broadcast': (at) => [
    at(...large).add(at(...large)),
    at(...large).mul(at(171)),
    at(...large).sub(at(300, 1)),
    at(...large).div(at()),
    at(...large).less(at(171)),
    where(at(...large).less(0), at(300, 1), at(171)),
  ],
  reductions: (at) => [
    at(...large).sum({ axis: 1 }),
    at(...large).sum({ axis: 0 }),
    at(7, 20, 33).sum({ axis: [0, 2] }),
    at(...large).maxOver({ axis: 1 }),
    at(...large).maxOver({ axis: 0 }),
  ],
  movement: (at) => [
    at(10, 30, 19, 9).permute([0, 2, 1, 3]),
    at(...large).permute([1, 0]),
    at(10, 30, 171).permute([2, 0, 1]),
    at(171).expand(large),
    at(300, 1).expand(large),
    at(...large).pad({ before: [1, 2], after: [3, 4], value: 7 }),
    at(...large).slice([3, 5], [290, 170]),
    concat([at(...large), at(...large)], { axis: 1 }),
  ],
  indexing: (at) => {
    const ids = at(300).mul(150).abs().cast('i32')
    return [
      gather(at(151, 17), ids),
      gather(at(5, 151, 3), ids, { axis: 1 }),
      scatterAdd(at(300, 17), ids, { size: 151 }),
    ]
  },
  randomness: (at) => [randomBits([1, 2], large), dropout(at(...large), { key: [3, 4], rate: 0.3 })],
  softmax: (at) =>
    (['softmax', 'softmaxGrad', 'logSoftmax', 'logSoftmaxGrad'] as const).flatMap((name) =>
      apply(composites[name], name.endsWith('Grad') ? [at(...large), at(...large)] : [at(...large)], {}),
    ),
  layerNorm: (at) => [
    ...apply(composites.layerNorm, [at(...large), at(171), at(171)], { epsilon: 1e-5 }),
    ...apply(composites.layerNormGrad, [at(...large), at(171), at(300, 1), at(300, 1), at(...large)], {}),
  ],
  crossEntropy: (at) => {
    const ids = at(300).mul(171).abs().cast('i32')
    const parameters = { ignoreIndex: 5, labelSmoothing: 0.1 }
    return [
      ...apply(composites.crossEntropy, [at(...large), ids], parameters),
      ...apply(composites.crossEntropyGrad, [at(...large), ids, at(300), at(300)], parameters),
    ]
  },
  geluGrad: (at) => apply(composites.geluGrad, [at(...large), at(...large)], {}),
  adamwStep: (at) => {
    const rates = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    const inputs = [at(), at(...large), at(...large), at(...large), at(...large).square()]
    return apply(composites.adamwStep, inputs, { ...rates, weightDecay: [0.1], step: 3 })
  },
  globalNorm: (at) => [globalNorm([at(...large), at(20_000)])],
}

test.each([...Object.entries(cases), ...Object.entries(rowwise)])(
  '%s gives the same bits however the work is split',
  async (_, run) => {
    splitting.pieces = 0
    const outputs = [whole, split].map((backend) => {
      let seed = 0
      return withBackend(backend, () => run((...shape) => numbers(shape, backend, seed++)))
    })
    const [expected, actual] = await Promise.all(outputs.map((list) => Promise.all(list.map((t) => t.data()))))
    expect(actual).toEqual(expected)
    expect(splitting.pieces).toBeGreaterThan(1)
  },
)
