import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShapeError } from './errors.ts'
import { broadcastShapes, expandedAxes, normalizeAxes, normalizeAxis, type Shape, sizeOf, stridesOf } from './shape.ts'

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 })

/** A shape, and others that broadcast to it: some sizes 1, some leading axes gone. */
const family = (count: number): fc.Arbitrary<{ whole: Shape; parts: Shape[] }> =>
  shapes.chain((whole) => {
    const part = fc
      .tuple(fc.integer({ min: 0, max: whole.length }), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }))
      .map(([dropped, ones]) => whole.slice(dropped).map((length, axis) => (ones[axis] ? 1 : length)))
    return fc.record({ whole: fc.constant(whole), parts: fc.array(part, { minLength: count, maxLength: count }) })
  })

describe('broadcastShapes', () => {
  it('is commutative and associative, and [] changes nothing', () => {
    fc.assert(
      fc.property(family(3), ({ parts: [a, b, c] }) => {
        const join = (x: Shape, y: Shape): Shape => broadcastShapes(x, y, 'test')
        expect(join(a!, b!)).toEqual(join(b!, a!))
        expect(join(join(a!, b!), c!)).toEqual(join(a!, join(b!, c!)))
        expect(join(a!, [])).toEqual(a)
        expect(join(a!, a!)).toEqual(a)
      }),
    )
  })

  it('gives the whole for anything that fits into it', () => {
    fc.assert(
      fc.property(family(1), ({ whole, parts: [part] }) => {
        expect(broadcastShapes(whole, part!, 'test')).toEqual(whole)
      }),
    )
  })

  it('names operation, shapes, axis and sizes that do not fit', () => {
    expect(() => broadcastShapes([2, 3], [4, 3], 'add')).toThrow(
      new ShapeError('add: shapes [2, 3] and [4, 3] do not broadcast: axis -2 has 2 and 4; sizes must be equal or 1'),
    )
    expect(() => broadcastShapes([0], [2], 'add')).toThrow(/axis -1 has 0 and 2/)
  })
})

describe('expandedAxes', () => {
  it('are those whose sizes, multiplied, tell how often each element is repeated', () => {
    fc.assert(
      fc.property(family(1), ({ whole, parts: [part] }) => {
        const repeated = expandedAxes(part!, whole).reduce((count, axis) => count * whole[axis]!, 1)
        expect(sizeOf(part!) * repeated).toBe(sizeOf(whole))
      }),
    )
  })
})

describe('stridesOf', () => {
  it('number the elements of a shape row by row', () => {
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1])
    expect(stridesOf([])).toEqual([])
  })
})

describe('axes', () => {
  it('count from the end when negative', () => {
    expect(normalizeAxis(-1, 3, 'sum')).toBe(2)
    expect(normalizeAxes([-1, 0], 3, 'sum')).toEqual([0, 2])
    expect(normalizeAxes(undefined, 2, 'sum')).toEqual([0, 1])
  })

  it('must exist, be whole and not come twice', () => {
    expect(() => normalizeAxis(3, 3, 'sum')).toThrow(/sum: axis 3 does not exist .* rank 3; use -3 to 2/)
    expect(() => normalizeAxis(0.5, 3, 'sum')).toThrow(ShapeError)
    expect(() => normalizeAxes([0, -2], 2, 'sum')).toThrow(/name one axis twice/)
  })
})
