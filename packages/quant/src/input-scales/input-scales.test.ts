import { LayerNorm, Linear, Module, namedParameters } from '@tlc/nn'
import { collectInputs, type InputStatistics, reconstructionError } from '@tlc/nn/calibration'
import { add, key, matmul, mul, normal, openBackend, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { statisticsOf } from '../../test/statistics.ts'
import { affine } from '../schemes/affine/affine.ts'
import { awq, searchScales } from './awq.ts'
import { clipWeights } from './clip-weights.ts'
import { smoothQuant } from './smooth-quant.ts'

interface ActivationCase {
  readonly name: string
  readonly file: string
  readonly bits: number
}

interface AwqCase extends ActivationCase {
  readonly losses: readonly number[]
  readonly best_ratio: number
}

describe("the authors' AWQ", () => {
  it.each(fixtureCases<ActivationCase>('awq_pseudo'))('$name: the same ranges and values', ({ file, bits }) => {
    const { values, shape } = fixtureTensor(file, 'in.weight')
    const scheme = affine({ bits, granularity: 'row', grid: 'zeroExact' })
    const encoded = scheme.encode(Float32Array.from(values), shape)
    expect([...encoded.zeroPoints]).toEqual(fixtureTensor(file, 'out.zeros').values)
    const decoded = scheme.decode(encoded)
    // Their step is one unit in the last place from ours at most, times a code.
    fixtureTensor(file, 'out.weight').values.forEach((each, index) =>
      expect(Math.abs(decoded[index]! - each)).toBeLessThan(2 ** -22 * 4),
    )
  })

  it.each(fixtureCases<AwqCase>('awq_scale_search'))(
    '$name: the same losses and scales',
    ({ file, losses, best_ratio }) => {
      const { values, shape } = fixtureTensor(file, 'in.weight')
      const input = statisticsOf(fixtureTensor(file, 'in.x').values, shape[1]!)
      const found = searchScales([Float32Array.from(values)], input, {
        ...{ bits: 3, granularity: { group: 16 }, grid: 'zeroExact' },
      })
      // Theirs are sums of f32 products; a weight in the middle of two values may go either way.
      losses.forEach((each, index) => expect(Math.abs(found.losses[index]! / each - 1)).toBeLessThan(0.01))
      expect(found.ratio).toBe(best_ratio)
      fixtureTensor(file, 'out.scales').values.forEach((each, j) =>
        expect(Math.abs(found.scales[j]! / each - 1)).toBeLessThan(1e-5),
      )
    },
  )
})

describe("the authors' SmoothQuant", () => {
  it.each(fixtureCases<ActivationCase>('smoothquant_'))('$name: the same values', ({ name, file, bits }) => {
    const { values, shape } = fixtureTensor(file, 'in.x')
    const granularity = name.includes('per_token') ? 'row' : 'tensor'
    const scheme = affine({ bits, granularity, grid: 'symmetric' })
    const decoded = scheme.decode(scheme.encode(Float32Array.from(values), shape))
    // The product of a code and a step is rounded once in both.
    fixtureTensor(file, 'out.y').values.forEach((each, index) => expect(decoded[index]).toBeCloseTo(each, 6))
  })
})

/** A pre-normalized block without its residual: what LayerNorm puts out goes to two layers and nowhere else. */
class Block extends Module {
  readonly norm = new LayerNorm({ size: 16 })
  readonly query = new Linear({ inputSize: 16, outputSize: 8, key: key(1) })
  readonly value = new Linear({ inputSize: 16, outputSize: 8, key: key(2) })
  readonly output = new Linear({ inputSize: 8, outputSize: 4, key: key(3) })

  forward(x: Tensor): Tensor {
    const normal = this.norm.forward(x)
    return add(this.output.forward(this.value.forward(normal)), this.query.forward(normal).sum())
  }
}

const sourceOf = (layers: readonly string[]): string => (layers.includes('output') ? 'value' : 'norm')

describe.each(['reference', 'wasm'] as const)('scales of inputs on %s', (name) => {
  beforeAll(async () => useBackend(await openBackend(name)))

  /** Inputs with an outlier: feature 3 is twenty times as large as others. */
  const inputs = (): Tensor => {
    const x = matmul(normal(key(4), [64, 16]), normal(key(5), [16, 16]))
    return mul(x, tensor(Array.from({ length: 16 }, (_, j) => (j === 3 ? 20 : 1))))
  }
  const options = { bits: 3, granularity: 'row', grid: 'zeroExact' } as const
  const collect = (block: Module & { forward(x: Tensor): Tensor }, x: Tensor) =>
    collectInputs(block, () => block.forward(x), { gram: true })

  it.each([{ sourceOf }, {}])('leave the outputs as they were, with sources %o', async (where) => {
    const x = inputs()
    for (const change of [
      (block: Block, statistics: Map<string, InputStatistics>) => smoothQuant(block, statistics, where),
      (block: Block, statistics: Map<string, InputStatistics>) =>
        awq(block, statistics, { ...options, ...where, clip: false }),
    ]) {
      const block = new Block()
      const before = await block.forward(x).data()
      const found = await change(block, await collect(block, x))
      expect([...found.keys()].sort()).toEqual(['output', 'query', 'value'])
      const after = await block.forward(x).data()
      const most = Math.max(...Array.from(before, Math.abs))
      // Every number is rounded twice more: at most some units of f32 of the largest terms of the sums.
      for (let i = 0; i < before.length; i++) expect(Math.abs(after[i]! - before[i]!)).toBeLessThan(1e-4 * most)
      expect(namedParameters(block).has('query.layer.weight')).toBe(!('sourceOf' in where))
    }
  })

  it('of SmoothQuant make inputs and weights equally large, feature by feature', async () => {
    const [block, x] = [new Block(), inputs()]
    const statistics = await collect(block, x)
    // The layer after would divide the rows of the value's weight.
    statistics.delete('output')
    await smoothQuant(block, statistics, { sourceOf })
    const { absoluteMax } = (await collect(block, x)).get('query')!
    const [query, value] = [await block.query.weight.stored.data(), await block.value.weight.stored.data()]
    const most = (j: number): number =>
      Math.max(...[query, value].flatMap((weight) => Array.from(weight).filter((_, at) => at % 16 === j)).map(Math.abs))
    absoluteMax.forEach((each, j) => expect(each / most(j)).toBeCloseTo(1, 3))
  })

  it('of AWQ lessen the output error of the quantized layer, and clipping does again', async () => {
    const [block, x] = [new Block(), inputs()]
    block.norm.weight.stored.assign(tensor(Array.from({ length: 16 }, (_, j) => (j % 5 === 3 ? 20 : 1))))
    const statistics = await collect(block, x)
    const found = await awq(block, statistics, { ...options, sourceOf, clip: false })
    const { losses, ratio } = found.get('query')!
    expect(Math.min(...losses)).toBe(losses[Math.round(ratio * 20)])
    expect(Math.min(...losses)).toBeLessThan(0.9 * losses[0]!)

    const input = (await collect(block, x)).get('query')!
    const weight = (await block.query.weight.stored.data()) as Float32Array
    const scheme = affine(options)
    const error = (given: Float32Array): number =>
      reconstructionError(weight, scheme.decode(scheme.encode(given, [8, 16])), input).meanSquare
    expect(error(clipWeights(weight, input, options))).toBeLessThan(error(weight))
  })

  it('need linear layers and sources that can take them', async () => {
    const block = new Block()
    const input = statisticsOf(
      Array.from({ length: 16 }, (_, j) => j),
      16,
    )
    await expect(smoothQuant(block, new Map([['norm', input]]))).rejects.toThrow("no Linear at 'norm'")
    await expect(smoothQuant(block, new Map([['query', input]]), { sourceOf: () => 'no' })).rejects.toThrow(
      "'no' is none",
    )
    await expect(smoothQuant(block, new Map([['query', input]]), { alpha: 2 })).rejects.toThrow('alpha')
  })
})
