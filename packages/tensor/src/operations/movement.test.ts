import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { concat, openBackend, range, type Shape, ShapeError, sizeOf, stack, type Tensor, useBackend } from '../index.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
const numbered = (shape: Shape): Tensor => range(sizeOf(shape)).reshape(shape)

async function same(a: Tensor, b: Tensor): Promise<void> {
  expect(a.shape).toEqual(b.shape)
  expect(await a.data()).toEqual(await b.data())
}

/** A law about a tensor of any shape, with more numbers drawn as it needs them. */
const law = (body: (x: Tensor, g: fc.GeneratorValue) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(shapes, fc.gen(), (shape, g) => body(numbered(shape), g)))

describe('movements undo each other:', () => {
  it('reshape and reshape', () => law(async (x) => same(x.reshape([-1 * Math.sign(x.size) || 0]).reshape(x.shape), x)))

  it('permute and its inverse', () =>
    law(async (x, g) => {
      const axes = g(fc.shuffledSubarray, [...x.shape.keys()], { minLength: x.shape.length })
      const inverse = axes.map((_, axis) => axes.indexOf(axis))
      await same(x.permute(axes).permute(inverse), x)
    }))

  it('transpose and transpose', () =>
    law(async (x, g) => {
      if (x.shape.length === 0) return
      const axis = () => g(fc.integer, { min: -x.shape.length, max: x.shape.length - 1 })
      const [a, b] = [axis(), axis()]
      await same(x.transpose(a, b).transpose(b, a), x)
    }))

  it('pad and slice', () =>
    law(async (x, g) => {
      const width = () => x.shape.map(() => g(fc.nat, { max: 3 }))
      const [before, after] = [width(), width()]
      const padded = x.pad({ before, after, value: -1 })
      expect(padded.shape).toEqual(x.shape.map((length, axis) => before[axis]! + length + after[axis]!))
      await same(
        padded.slice(
          before,
          before.map((start, axis) => start + x.shape[axis]!),
        ),
        x,
      )
    }))

  it('slices and concat', () =>
    law(async (x, g) => {
      if (x.shape.length === 0) return
      const axis = g(fc.nat, { max: x.shape.length - 1 })
      const cut = g(fc.nat, { max: x.shape[axis]! })
      const first = x.slice([], x.shape.with(axis, cut))
      const second = x.slice(x.shape.map((_, other) => (other === axis ? cut : 0)))
      await same(concat([first, second], { axis }), x)
    }))

  it('expand and the sum over what it repeats', () =>
    law(async (x, g) => {
      const times = g(fc.integer, { min: 1, max: 4 })
      await same(
        x
          .reshape([1, ...x.shape])
          .expand([times, ...x.shape])
          .sum({ axis: 0 })
          .div(times),
        x,
      )
    }))

  it('stack and slice', () =>
    law(async (x, g) => {
      const axis = g(fc.nat, { max: x.shape.length })
      const both = stack([x, x.neg()], { axis })
      const start = both.shape.map((_, other) => Number(other === axis))
      await same(both.slice(start).reshape(x.shape), x.neg())
    }))
})

describe('movements', () => {
  it('work out one size of a reshape', () => {
    expect(range(12).reshape([3, -1]).shape).toEqual([3, 4])
    expect(range(0).reshape([-1, 3]).shape).toEqual([0, 3])
    expect(() => range(12).reshape([5, -1])).toThrow(/reshape: \[12\] does not divide into \[5, -1\]/)
    expect(() => range(0).reshape([0, -1])).toThrow(ShapeError)
    expect(() => range(12).reshape([5, 2])).toThrow(/12 elements, \[5, 2\] has 10/)
  })

  it('slice from the end, and leave later axes whole', async () => {
    const x = numbered([3, 4])
    expect(await x.slice([-1]).data()).toEqual(Float32Array.of(8, 9, 10, 11))
    expect(await x.slice([0, 1], [1, -1]).data()).toEqual(Float32Array.of(1, 2))
    expect(() => x.slice([0], [4])).toThrow(/slice: \[0, 0\] to \[4, 4\] does not lie within \[3, 4\]/)
  })

  it('refuse what does not fit, saying what would', () => {
    const x = numbered([2, 3])
    expect(() => x.expand([2, 4])).toThrow(/expand: \[2, 3\] cannot become \[2, 4\]; only sizes of 1 grow/)
    expect(() => x.permute([0, 0])).toThrow(/permute: axes \[0, 0\] must name each of the 2 axes once/)
    expect(() => x.pad({ before: [-1, 0] })).toThrow(/pad: widths .* must be whole, >= 0/)
    expect(() => concat([x, numbered([2, 4])])).toThrow(/concat: \[2, 4\] beside \[2, 3\]; .* but along axis 0/)
    expect(() => concat([])).toThrow(/needs one tensor at least/)
  })
})
