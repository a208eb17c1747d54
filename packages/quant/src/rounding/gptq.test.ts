import { Linear, Sequential } from '@tlc/nn'
import { collectInputs, reconstructionError } from '@tlc/nn/calibration'
import { key, normal, openBackend, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { outputError, statisticsOf } from '../../test/statistics.ts'
import { quantizeModel } from '../quantize-model.ts'
import { meanSquaredError } from '../ranges/mean-squared-error.ts'
import { minMax } from '../ranges/min-max.ts'
import { type AffineOptions, affine, rangesOf } from '../schemes/affine/affine.ts'
import type { Granularity } from '../schemes/affine/granularity.ts'
import type { GridName } from '../schemes/affine/grid.ts'
import { type GptqOptions, gptq, gptqScheme } from './gptq.ts'

interface GptqCase {
  readonly name: string
  readonly file: string
  readonly bits: number
  readonly sym: boolean
  readonly groupsize: number
  readonly blocksize: number
  readonly mse: boolean
  readonly percdamp: number
  readonly output_mse: number
  readonly output_mse_rtn: number
}

function settings(given: GptqCase): AffineOptions & GptqOptions {
  return {
    bits: given.bits,
    grid: given.sym ? 'fullSymmetric' : 'zeroExact',
    granularity: given.groupsize < 0 ? 'row' : { group: given.groupsize },
    range: given.mse ? meanSquaredError({ shrink: 0.8 }) : minMax,
    block: given.blocksize,
    damping: given.percdamp,
  }
}

describe("the authors' GPTQ", () => {
  it.each(fixtureCases<GptqCase>('gptq_'))('$name: the same weights', (given) => {
    const { file, output_mse } = given
    const { values, shape } = fixtureTensor(file, 'in.weight')
    const { values: x } = fixtureTensor(file, 'in.x')
    const scheme = gptqScheme(statisticsOf(x, shape[1]!), settings(given))
    const decoded = scheme.decode(scheme.encode(Float32Array.from(values), shape))
    const expected = fixtureTensor(file, 'out.weight').values
    const nearest = affine(settings(given)).decode(affine(settings(given)).encode(Float32Array.from(values), shape))
    const row = (weight: ArrayLike<number>, start: number) => Array.from(weight).slice(start, start + shape[1]!)
    let [equal, compared] = [0, 0]
    for (let start = 0; start < values.length; start += shape[1]!) {
      const error = (weight: ArrayLike<number>) => outputError(row(values, start), row(weight, start), x, shape[1]!)
      // Where theirs makes a row worse than nearest rounding does, ours is another.
      if (error(expected) > error(nearest)) {
        expect(error(decoded)).toBeLessThan(error(expected))
        continue
      }
      compared += shape[1]!
      equal += row(expected, start).filter((each, j) => Math.abs(each - decoded[start + j]!) <= 1e-4).length
    }
    // Theirs computes in f32: a weight near the middle of two values may fall to the other, and moves those after it.
    expect(equal / compared).toBeGreaterThanOrEqual(0.99)
    expect(compared).toBeGreaterThanOrEqual(0.75 * expected.length)
    expect(outputError(values, decoded, x, shape[1]!)).toBeLessThan(1.01 * output_mse)
    expect(outputError(values, expected, x, shape[1]!) / output_mse).toBeCloseTo(1, 5)
  })

  it.each(fixtureCases<GptqCase>('gptq_').filter(({ groupsize }) => groupsize < 0))(
    '$name: the same ranges, and weights rounded to the nearest',
    (given) => {
      const { values, shape } = fixtureTensor(given.file, 'in.weight')
      const scheme = affine(settings(given))
      const encoded = scheme.encode(Float32Array.from(values), shape)
      const ranges = rangesOf(encoded)
      const steps = fixtureTensor(given.file, 'out.rtn_scale').values
      // Their step is a quotient of f32 numbers, ours of float64 ones, rounded: 1 unit apart at most.
      steps.forEach((step, row) => expect(Math.abs(ranges[row]!.step / step - 1)).toBeLessThan(2 ** -23))
      expect(ranges.map(({ zeroPoint }) => zeroPoint)).toEqual(fixtureTensor(given.file, 'out.rtn_zero').values)
      const decoded = scheme.decode(encoded)
      fixtureTensor(given.file, 'out.rtn_weight').values.forEach((each, index) => {
        const step = steps[Math.floor(index / shape[1]!)]!
        // The largest weight of a full symmetric range lies in the middle of two values: either is nearest.
        const halves = Math.abs(values[index]! / step) % 1
        if (Math.abs(halves - 0.5) < 1e-5) return
        // The step's error is multiplied by a code, up to 2^bits.
        expect(Math.abs(decoded[index]! - each)).toBeLessThan(2 ** (given.bits - 22) * step)
      })
    },
  )
})

const options: fc.Arbitrary<AffineOptions & GptqOptions> = fc.record({
  bits: fc.integer({ min: 2, max: 5 }),
  grid: fc.constantFrom<GridName>('minmax', 'zeroExact', 'symmetric', 'fullSymmetric'),
  granularity: fc.constantFrom<Granularity>('tensor', 'row', { group: 3 }),
  range: fc.constantFrom(minMax, meanSquaredError({ shrink: 0.8 })),
  order: fc.constantFrom('given', 'activation'),
  staticGroups: fc.boolean(),
  block: fc.integer({ min: 1, max: 9 }),
})

/** Weights and inputs with features that depend on each other, some of them 0 throughout, and fewer inputs than features. */
const layer = fc
  .record({
    rows: fc.integer({ min: 1, max: 4 }),
    size: fc.integer({ min: 1, max: 8 }),
    count: fc.integer({ min: 1, max: 6 }),
  })
  .chain(({ rows, size, count }) =>
    fc.record({
      shape: fc.constant([rows, size]),
      weight: fc.array(fc.oneof(fc.constant(0), fc.float({ min: -2, max: 2, noNaN: true })), {
        minLength: rows * size,
        maxLength: rows * size,
      }),
      x: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: count * size, maxLength: count * size }),
      dead: fc.integer({ min: 0, max: size }),
    }),
  )
  .map(({ shape, weight, x, dead }) => ({
    shape,
    weight: Float32Array.from(weight),
    // Every third feature is the sum of it and its neighbour.
    x: x.map((each, at) => (at % shape[1]! === dead ? 0 : at % 3 === 1 ? each + x[at - 1]! : each)),
  }))

describe('laws of GPTQ', () => {
  it('no row has a larger output error than rounding to the nearest gives it', () => {
    fc.assert(
      fc.property(layer, options, ({ shape, weight, x }, each) => {
        const size = shape[1]!
        const input = statisticsOf(x, size)
        const [compensated, rounded] = [gptqScheme(input, each), affine(each)].map((scheme) =>
          scheme.decode(scheme.encode(weight, shape)),
        )
        for (let row = 0; row < weight.length; row += size) {
          const error = (q: Float32Array): number =>
            outputError(weight.subarray(row, row + size), q.subarray(row, row + size), x, size)
          // Errors are compared as differences of sums up to (4 · 3)² · 64, in float64.
          expect(error(compensated!)).toBeLessThanOrEqual(error(rounded!) + 1e-9)
        }
      }),
    )
  })

  it('leaves zeros at 0 on grids that have one', () => {
    fc.assert(
      fc.property(layer, options, ({ shape, weight, x }, each) => {
        fc.pre(each.grid !== 'minmax')
        const scheme = gptqScheme(statisticsOf(x, shape[1]!), each)
        const decoded = scheme.decode(scheme.encode(weight, shape))
        weight.forEach((value, index) => value === 0 && expect(decoded[index]).toBe(0))
      }),
    )
  })

  it('gives the same codes whatever the block, but for groups that are fitted anew', () => {
    const size = 40
    const weight = Float32Array.from({ length: 3 * size }, (_, index) => Math.sin(7 * index))
    const input = statisticsOf(
      Array.from({ length: 60 * size }, (_, index) => Math.sin(index * 1.7) + Math.cos((index % size) * index)),
      size,
    )
    const codes = [1, 16, 128].map(
      (block) => gptqScheme(input, { bits: 3, granularity: 'row', block }).encode(weight, [3, size]).codes,
    )
    expect(codes[1]).toEqual(codes[0])
    expect(codes[2]).toEqual(codes[0])
  })

  it('is rounding to the nearest where features are independent', () => {
    // The columns of the identity: H = 1.
    const input = statisticsOf([1, 0, 0, 0, 1, 0, 0, 0, 1], 3)
    const weight = Float32Array.of(0.3, -1, 0.7, 0.1, 0.9, -0.4)
    const each = { bits: 3, granularity: 'row' } as const
    expect(gptqScheme(input, each).encode(weight, [2, 3])).toEqual(affine(each).encode(weight, [2, 3]))
  })

  it('refuses what does not fit', () => {
    const input = statisticsOf([1, 2, 3, 4], 2)
    expect(() => gptq(new Map())).toThrow('there are no statistics')
    expect(() => gptqScheme(input, { bits: 4 }).encode(Float32Array.of(1, 2, 3), [1, 3])).toThrow('expected [out, 2]')
    expect(() => gptqScheme(input, { bits: 4, damping: -1 }).encode(Float32Array.of(1, 2), [1, 2])).toThrow('damping')
    expect(() => gptqScheme(input, { bits: 4, block: 0 }).encode(Float32Array.of(1, 2), [1, 2])).toThrow('block')
    const { gram, ...without } = input
    expect(gram!.length).toBe(4)
    expect(() => gptqScheme(without, { bits: 4 }).encode(Float32Array.of(1, 2), [1, 2])).toThrow('gram: true')
  })
})

describe('a model rounded by GPTQ', () => {
  beforeAll(async () => useBackend(await openBackend('reference')))

  it('has smaller output errors than one rounded to the nearest, layers without statistics being rounded so', async () => {
    const [first, second] = [1, 2].map((number) => new Linear({ inputSize: 16, outputSize: 16, key: key(number) }))
    const model = new Sequential([first!, second!])
    // Twice as many inputs as features.
    const x = normal(key(3), [32, 16])
    const statistics = await collectInputs(model, () => model.forward(x), {
      gram: true,
      where: (path) => path === 'layers.0',
    })
    const each = { bits: 3, granularity: 'row' } as const
    const [rounded, compensated] = [
      await quantizeModel(model, each),
      await quantizeModel(model, { ...each, rounding: gptq(statistics) }),
    ]
    const original = (await first!.weight.stored.data()) as Float32Array
    const error = ({ artefact }: typeof rounded): number => {
      const encoded = artefact.tensors.get('layers.0.weight')!
      if (encoded.scheme !== 'affine') throw new Error('the weight was not quantized')
      return reconstructionError(original, affine(each).decode(encoded), statistics.get('layers.0')!).meanSquare
    }
    expect(error(compensated)).toBeLessThan(error(rounded))
    expect(compensated.artefact.tensors.get('layers.1.weight')).toEqual(rounded.artefact.tensors.get('layers.1.weight'))
  })
})
