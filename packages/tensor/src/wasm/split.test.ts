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
  openBackend,
  randomBits,
  type Shape,
  scatterAdd,
  scope,
  sizeOf,
  sparseLinear,
  type Tensor,
  type TypedArray,
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
  override readonly threads = 2

  override run(kernel: RangeKernel, items: number, grain: number, ...leading: number[]): void {
    const call = this.exports[kernel] as (...args: number[]) => void
    const starts = Array.from({ length: Math.ceil(items / grain) }, (_, piece) => piece * grain)
    for (const start of starts.reverse()) call(...leading, start, Math.min(start + grain, items))
    this.pieces += starts.length
  }
}

async function splittingMachine(): Promise<SplittingMachine> {
  const memory = createMemory(false)
  return new SplittingMachine(await instantiate(await compile('simd'), memory), memory)
}

const splitting = await splittingMachine()
const whole = await openBackend('wasm', { strict: true, threads: 1 })
const split = new WasmBackend(splitting, { build: 'simd', wide: false })

/** On two threads, with everything above 2 GiB. */
const high = await openBackend('wasm', { strict: true, threads: 2 })
high.allocate(2 ** 31)

const threaded = await Promise.all([2, 3].map((threads) => openBackend('wasm', { strict: true, threads })))

afterAll(async () => {
  await Promise.all([whole, split, high, ...threaded].map((backend) => backend.close()))
})

/** Numbers in -1..1, the same every time. */
function numbers(shape: Shape, backend: Backend, seed: number): Tensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + 1.7 * i + (i % 13) ** 2))
  return tensor(data, { shape, backend })
}

const heads: Shape = [2, 3, 40, 16]

const cases: { readonly [name: string]: (at: (...shape: number[]) => Tensor) => readonly Tensor[] } = {
  'matmul of few rows, by columns': (at) => [
    matmul(at(30, 170), at(170, 1100)),
    matmul(at(170, 251), at(170, 190), { transposeA: true }),
  ],
  'matmul, both operands packed for all': (at) => [
    matmul(at(301, 170), at(170, 190)),
    matmul(at(130, 509), at(190, 130), { transposeA: true, transposeB: true }),
  ],
  'matmul of many rows': (at) => [matmul(at(515, 70), at(70, 190))],
  'a row times a matrix, either layout': (at) => [
    matmul(at(1, 700), at(700, 1100)),
    matmul(at(2, 700), at(1100, 700), { transposeB: true }),
  ],
  'a matrix times a column, either layout': (at) => [
    matmul(at(1100, 700), at(700, 1)),
    matmul(at(700, 1100), at(700, 1), { transposeA: true }),
  ],
  'a few matrices, packed once for all threads': (at) => [
    matmul(at(3, 150, 300), at(3, 300, 90)),
    matmul(at(2, 150, 300), at(2, 90, 300), { transposeB: true }),
  ],
  'matmul in batches': (at) => [matmul(at(7, 100, 90), at(7, 90, 80), {})],
  linear: (at) => apply(composites.linear, [at(300, 170), at(190, 170), at(190)], {}),
  'linear of few rows': (at) => apply(composites.linear, [at(30, 170), at(1100, 170), at(1100)], {}),
  ...Object.fromEntries(
    [
      [1, 1],
      [1, 4],
      [4, 1],
      [4, 4],
      [3, 2],
    ].map(([height, width]) => [
      `a sparse product, blocks of ${height} x ${width}`,
      (at: (...shape: number[]) => Tensor) =>
        [1, 70].map((rows) => {
          const [down, across, count] = [360 / height!, 240 / width!, 60]
          const { backend } = at(1)
          // 60 blocks in each row of blocks, wherever they lie; 60 <= 240 / 4.
          const places = Int32Array.from({ length: down * count }, (_, k) => (k * 7) % across)
          const offsets = Int32Array.from({ length: down + 1 }, (_, row) => row * count)
          const weight = {
            values: at(down * count, height!, width!),
            columns: tensor(places, { backend }),
            offsets: tensor(offsets, { backend }),
          }
          return sparseLinear(at(rows, 240), weight, at(360))
        }),
    ]),
  ),
  attention: (at) =>
    apply(composites.attention, [at(...heads), at(...heads), at(...heads), at(2, 1, 1, 40)], { scale: 0.3 }),
  'attention with dropout': (at) =>
    apply(composites.attention, [at(...heads), at(...heads), at(...heads)], {
      scale: 0.3,
      dropout: { key: [3, 4], rate: 0.3 },
    }),
  'attentionGrad with dropout': (at) => {
    const inputs = [at(...heads), at(...heads), at(...heads), at(...heads), at(2, 3, 40, 1), at(...heads)]
    return apply(composites.attentionGrad, inputs, { scale: 0.3, dropout: { key: [3, 4], rate: 0.3 } })
  },
  attentionGrad: (at) => {
    const inputs = [at(...heads), at(...heads), at(...heads), at(...heads), at(2, 3, 40, 1), at(...heads)]
    return apply(composites.attentionGrad, inputs, { scale: 0.3 })
  },
}

/** Tensors of so many items that two threads share those of the largest grain. */
const large: Shape = [800, 171]

const rowwise: typeof cases = {
  'functions of one input': (at) => {
    const x = at(...large)
    return [x.neg(), x.exp(), x.log(), x.sqrt(), x.sin(), x.tanh(), x.erf(), x.round(), x.gelu()]
  },
  casts: (at) => (['f16', 'bf16', 'i8', 'bool', 'u32', 'f32'] as const).map((dtype) => at(...large).cast(dtype)),
  'pairs that broadcast': (at) => [
    at(...large).add(at(...large)),
    at(...large).mul(at(171)),
    at(...large).sub(at(800, 1)),
    at(...large).div(at()),
    at(...large).less(at(171)),
    where(at(...large).less(0), at(800, 1), at(171)),
  ],
  reductions: (at) => [
    at(...large).sum({ axis: 1 }),
    at(...large).sum({ axis: 0 }),
    at(70, 20, 330).sum({ axis: [0, 2] }),
    at(...large).maxOver({ axis: 1 }),
    at(...large).maxOver({ axis: 0 }),
  ],
  movement: (at) => [
    at(20, 60, 19, 9).permute([0, 2, 1, 3]),
    at(...large).permute([1, 0]),
    at(20, 80, 171).permute([2, 0, 1]),
    at(171).expand(large),
    at(800, 1).expand(large),
    at(...large).pad({ before: [1, 2], after: [3, 4], value: 7 }),
    at(...large).slice([3, 5], [790, 170]),
    concat([at(...large), at(...large)], { axis: 1 }),
  ],
  indexing: (at) => {
    const ids = at(600).mul(150).abs().cast('i32')
    return [
      gather(at(151, 170), ids),
      gather(at(50, 151, 3), ids, { axis: 1 }),
      scatterAdd(at(600, 700), ids, { size: 151 }),
    ]
  },
  randomness: (at) => [randomBits([1, 2], large), dropout(at(...large), { key: [3, 4], rate: 0.3 })],
  softmax: (at) =>
    (['softmax', 'softmaxGrad', 'logSoftmax', 'logSoftmaxGrad'] as const).flatMap((name) =>
      apply(composites[name], name.endsWith('Grad') ? [at(...large), at(...large)] : [at(...large)], {}),
    ),
  layerNorm: (at) => [
    ...apply(composites.layerNorm, [at(...large), at(171), at(171)], { epsilon: 1e-5 }),
    ...apply(composites.layerNormGrad, [at(...large), at(171), at(800, 1), at(800, 1), at(...large)], {}),
  ],
  crossEntropy: (at) => {
    const ids = at(800).mul(171).abs().cast('i32')
    const parameters = { ignoreIndex: 5, labelSmoothing: 0.1 }
    return [
      ...apply(composites.crossEntropy, [at(...large), ids], parameters),
      ...apply(composites.crossEntropyGrad, [at(...large), ids, at(800), at(800)], parameters),
    ]
  },
  geluGrad: (at) => apply(composites.geluGrad, [at(...large), at(...large)], {}),
  adamwStep: (at) => {
    const rates = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    const inputs = [at(), at(...large), at(...large), at(...large), at(...large).square()]
    return apply(composites.adamwStep, inputs, { ...rates, weightDecay: [0.1], step: 3 })
  },
  globalNorm: (at) => [globalNorm([at(...large), at(200_000)])],
}

const all = Object.entries({ ...cases, ...rowwise })

/** What a case makes on a backend, from the same numbers each time. */
async function outputsOf(backend: Backend, run: (typeof cases)[string]): Promise<TypedArray[]> {
  let seed = 0
  const outputs = withBackend(backend, () => {
    using step = scope()
    return step.keep(run((...shape) => numbers(shape, backend, seed++)))
  })
  const data = await Promise.all(outputs.map((output) => output.data()))
  for (const output of outputs) output.dispose()
  return data
}

/** The places of the outputs that differ in any bit. */
function differences(actual: readonly TypedArray[], expected: readonly TypedArray[]): number[] {
  const bytes = ({ buffer, byteOffset, byteLength }: TypedArray) => Buffer.from(buffer, byteOffset, byteLength)
  return expected.flatMap((output, place) => (bytes(actual[place]!).equals(bytes(output)) ? [] : [place]))
}

test.each(all)('%s gives the same bits however the work is split', async (_, run) => {
  splitting.pieces = 0
  expect(differences(await outputsOf(split, run), await outputsOf(whole, run))).toEqual([])
  expect(splitting.pieces).toBeGreaterThan(1)
})

test.each(all)('%s gives the same bits on 1, 2 and 3 threads', async (_, run) => {
  const expected = await outputsOf(whole, run)
  for (const backend of threaded) {
    // Which thread does what differs from time to time.
    for (let time = 0; time < 3; time++) expect(differences(await outputsOf(backend, run), expected)).toEqual([])
  }
})

test.each(all)('%s gives the same bits above 2 GiB', async (_, run) => {
  expect(differences(await outputsOf(high, run), await outputsOf(whole, run))).toEqual([])
})
