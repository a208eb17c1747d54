import { afterAll, expect, test } from 'vitest'
import { apply, type Backend, composites, matmul, type Shape, sizeOf, type Tensor, tensor } from '../index.ts'
import { WasmBackend } from './backend.ts'
import { Machine, type RangeKernel } from './machine.ts'
import { compile, instantiate } from './module.ts'

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
  const memory = new WebAssembly.Memory({ initial: 16 })
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

test.each(Object.entries(cases))('%s gives the same bits however the work is split', async (_, run) => {
  splitting.pieces = 0
  const outputs = [whole, split].map((backend) => {
    let seed = 0
    return run((...shape) => numbers(shape, backend, seed++))
  })
  const [expected, actual] = await Promise.all(outputs.map((list) => Promise.all(list.map((t) => t.data()))))
  expect(actual).toEqual(expected)
  expect(splitting.pieces).toBeGreaterThan(1)
})
