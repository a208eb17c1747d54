import { valueAndGrad } from '@tlc/autograd'
import { openBackend, sum, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { affine } from '../schemes/affine/affine.ts'
import { fakeQuantize, fakeQuantizeOnGrid } from './fake-quantize.ts'
import { learnedStepQuantize } from './learned-step.ts'

useBackend(await openBackend('reference'))

interface GridCase {
  readonly name: string
  readonly file: string
  readonly scale: number
  readonly zero_point: number
  readonly qmin: number
  readonly qmax: number
}

describe("PyTorch's fake quantization", () => {
  it.each(fixtureCases<GridCase>('fakequant'))('$name: equal values and gradients', async ({ file, ...given }) => {
    const x = tensor(Float32Array.from(fixtureTensor(file, 'in.x').values))
    const upstream = tensor(Float32Array.from(fixtureTensor(file, 'cot.y').values))
    // Codes here begin at 0.
    const grid = { step: tensor([given.scale]), zeroPoint: tensor([given.zero_point - given.qmin]) }
    const quantized = () => fakeQuantizeOnGrid(x, grid, given.qmax - given.qmin)
    const { gradients } = valueAndGrad(() => sum(quantized().mul(upstream)), [x])
    expect([...(await quantized().data())].map((each) => each + 0)).toEqual(
      fixtureTensor(file, 'out.y').values.map((each) => each + 0),
    )
    expect([...(await gradients[0]!.data())].map((each) => each + 0)).toEqual(
      fixtureTensor(file, 'grad.x').values.map((each) => each + 0),
    )
  })

  interface LsqCase {
    readonly name: string
    readonly file: string
    readonly qmin: number
    readonly qmax: number
    readonly grad_factor: number
  }

  it.each(fixtureCases<LsqCase>('lsq'))('$name: values and gradients of a learned step', async ({ file, ...given }) => {
    const values = fixtureTensor(file, 'in.x').values
    const x = tensor(Float32Array.from(values), { shape: [1, values.length] })
    const step = tensor(Float32Array.from(fixtureTensor(file, 'in.scale').values), { shape: [1, 1] })
    const upstream = tensor(Float32Array.from(fixtureTensor(file, 'cot.y').values), { shape: x.shape })
    const options = { low: given.qmin, high: given.qmax, gradientFactor: given.grad_factor }
    const quantized = () => learnedStepQuantize(x, step, options)
    const { gradients } = valueAndGrad(() => sum(quantized().mul(upstream)), [x, step])
    expect([...(await quantized().data())].map((each) => each + 0)).toEqual(
      fixtureTensor(file, 'out.y').values.map((each) => each + 0),
    )
    expect([...(await gradients[0]!.data())].map((each) => each + 0)).toEqual(
      fixtureTensor(file, 'grad.x').values.map((each) => each + 0),
    )
    // 60 products, summed in f32 in another order.
    const expected = fixtureTensor(file, 'grad.scale').values[0]!
    expect(Math.abs((await gradients[1]!.data())[0]! - expected)).toBeLessThan(60 * 2 ** -24 * 8 * given.grad_factor)
  })
})

describe('fake quantization of a weight', () => {
  const settings = fc.record({
    bits: fc.integer({ min: 2, max: 8 }),
    grid: fc.constantFrom('zeroExact' as const, 'symmetric' as const),
    granularity: fc.constantFrom('tensor' as const, 'row' as const, { group: 3 }),
  })
  const weights = fc.array(fc.float({ noNaN: true, min: -2, max: 2 }), { minLength: 24, maxLength: 24 })

  it('is what quantization after training makes of it, but for ties', async () => {
    await fc.assert(
      fc.asyncProperty(weights, settings, async (values, given) => {
        const weight = Float32Array.from(values)
        const scheme = affine(given)
        const encoded = scheme.encode(weight, [4, 6])
        const expected = scheme.decode(encoded)
        const trained = await fakeQuantize(given)(tensor(weight, { shape: [4, 6] })).data()
        const largest = Math.max(...encoded.steps)
        // f32 may round a tie to the other side: then a value is one step off, and no farther from its weight. Steps differ
        // by some 2^-24 of themselves, which 255 of them make 2^-16 of one.
        weight.forEach((each, index) => {
          expect(Math.abs(trained[index]! - expected[index]!)).toBeLessThanOrEqual(largest * (1 + 2 ** -15))
          const extra = Math.abs(trained[index]! - each) - Math.abs(expected[index]! - each)
          expect(extra).toBeLessThanOrEqual(largest * 2 ** -14)
        })
      }),
    )
  })

  it('passes the gradient through, and 0 stays 0', async () => {
    const weight = tensor([
      [0, 0.1, -0.2, 1],
      [0, 0, 0, 0],
    ])
    const transform = fakeQuantize({ bits: 4, granularity: 'row' })
    const { value, gradients } = valueAndGrad(() => sum(transform(weight).mul(3)), [weight])
    expect([...(await gradients[0]!.data())]).toEqual(new Array(8).fill(3))
    expect(Number.isFinite(await value.item())).toBe(true)
    expect([...(await transform(weight).data())].slice(4)).toEqual([0, 0, 0, 0])
  })

  it('says what it cannot do', () => {
    expect(() => fakeQuantize({ bits: 1 })).toThrow('needs 2 bits or more')
    expect(() => fakeQuantize({ bits: 0 })).toThrow('from 1 to 8, got 0')
    const transform = fakeQuantize({ bits: 4, granularity: { group: 4 } })
    expect(() => transform(tensor([[1, 2, 3, 4, 5]]))).toThrow('groups of 4 do not divide rows of 5')
  })
})
