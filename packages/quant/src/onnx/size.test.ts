import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitSize, fixedSize, formatSize, tracedSizes } from './size.ts'

const names = ['batch', 'length', 'source', 'heads']

describe('fitSize', () => {
  it('finds every multiple of a product of names, plus a constant', () => {
    const choice = fc.record({
      names: fc.subarray(names, { minLength: 1, maxLength: 2 }),
      factor: fc.integer({ min: 1, max: 64 }),
      offset: fc.integer({ min: -3, max: 3 }),
    })
    fc.assert(
      fc.property(choice, (size) => {
        const traces = tracedSizes(names, {})
        const values = traces.map(
          (each) => size.factor * size.names.reduce((x, name) => x * each[name]!, 1) + size.offset,
        )
        expect(fitSize(values, traces)).toEqual(size)
      }),
    )
  })

  it('takes what is alike in every trace for fixed, and knows when nothing explains the numbers', () => {
    const traces = tracedSizes(['batch', 'length'], {})
    expect(fitSize([7, 7, 7], traces)).toEqual(fixedSize(7))
    expect(
      fitSize(
        traces.map(({ length }) => length! ** 2),
        traces,
      ),
    ).toBeUndefined()
    expect(
      fitSize(
        traces.map(({ batch, length }) => batch! + length!),
        traces,
      ),
    ).toBeUndefined()
    expect(
      fitSize(
        traces.map(({ length }) => 1 / length!),
        traces,
      ),
    ).toBeUndefined()
  })
})

it('sizes read as formulas', () => {
  expect(formatSize(fixedSize(4))).toBe('4')
  expect(formatSize({ names: ['batch'], factor: 1, offset: 0 })).toBe('batch')
  expect(formatSize({ names: ['batch', 'length'], factor: 2, offset: -1 })).toBe('2*batch*length-1')
})

it('sizes to try must tell names apart', () => {
  expect(tracedSizes([], {})).toHaveLength(1)
  expect(tracedSizes(['length'], { length: [16, 32, 64] }).map(({ length }) => length)).toEqual([16, 32, 64])
  for (const sizes of [
    [2, 3],
    [2, 2, 3],
    [1, 2, 3],
    [2, 3, 4.5],
  ]) {
    expect(() => tracedSizes(['length'], { length: sizes })).toThrow(
      /sizes of 'length' are .* expected 3 different ones/,
    )
  }
  expect(() => tracedSizes(['a', 'b', 'c', 'd', 'e'], {})).toThrow(/5 sizes have names .* expected 4 at most/)
})
