import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../../test/fixture.ts'
import { packCodes } from '../../pack.ts'
import { nearest } from '../../rounding/rounding.ts'
import { type AffineCodes, affine, zeroPointOf } from './affine.ts'
import { type Granularity, spanAt, spansOf } from './granularity.ts'
import { type GridName, grids } from './grid.ts'
import { decodeRange, encodeRange } from './range.ts'

interface KBitCase {
  readonly name: string
  readonly file: string
  readonly bits: number
  readonly scale: number
  readonly offset: number
}

interface TorchCase {
  readonly name: string
  readonly file: string
  readonly scale: number
  readonly zero_point: number
  readonly qmin: number
  readonly qmax: number
}

describe('the k-bit formula in float64', () => {
  it.each(fixtureCases<KBitCase>('kbit_linear'))(
    '$name: equal codes, and values to f32',
    ({ name, file, bits, scale, offset }) => {
      const { values, shape } = fixtureTensor(file, 'in.weight')
      const grid = name.endsWith('asym') ? 'minmax' : 'symmetric'
      const scheme = affine({ bits, grid })
      const encoded = scheme.encode(Float32Array.from(values), shape)
      const zeroPoint = zeroPointOf(encoded, 0)
      expect([...encoded.codes].map((code) => code - zeroPoint)).toEqual(fixtureTensor(file, 'out.q').values)
      // Step and offset are stored in f32.
      expect(encoded.steps[0]).toBe(Math.fround(scale))
      expect(encoded.offsets[0] ?? 0).toBe(Math.fround(offset))
      const decoded = scheme.decode(encoded)
      // The step differs from the float64 one by 2^-24 of it, times the code; the rounding of the value adds half a unit.
      const tolerance = 2 ** -24 * (2 ** bits * scale + Math.abs(offset) + 2 ** bits * scale)
      fixtureTensor(file, 'out.dequant').values.forEach((expected, index) =>
        expect(Math.abs(decoded[index]! - expected)).toBeLessThanOrEqual(tolerance),
      )
    },
  )
})

describe("PyTorch's affine quantization with given scale and zero point", () => {
  /** Codes here begin at 0, so signed ones are shifted by qmin. */
  function run(x: readonly number[], scale: number, zeroPoint: number, { qmin, qmax }: { qmin: number; qmax: number }) {
    const grid = { step: Math.fround(scale), offset: 0, zeroPoint: zeroPoint - qmin }
    const codes = new Uint8Array(x.length)
    encodeRange(Float32Array.from(x), grid, qmax - qmin, nearest, codes)
    const decoded = new Float32Array(x.length)
    decodeRange(codes, grid, decoded)
    return { codes: [...codes].map((code) => code + qmin), decoded: [...decoded] }
  }

  it.each(fixtureCases<TorchCase>('affine_pt'))(
    '$name: equal codes and values',
    ({ file, scale, zero_point, qmin, qmax }) => {
      // Codes of 32 bits are those of 8 where these suffice.
      const bounds = { qmin: Math.max(qmin, -128), qmax: Math.min(qmax, qmin < 0 ? 127 : 255) }
      const fits = (code: number): boolean => code >= bounds.qmin && code <= bounds.qmax
      const expectedCodes = fixtureTensor(file, 'out.q').values
      const { codes, decoded } = run(fixtureTensor(file, 'in.x').values, scale, zero_point, bounds)
      expect(codes.filter((_, index) => fits(expectedCodes[index]!))).toEqual(expectedCodes.filter(fits))
      expect(decoded.filter((_, index) => fits(expectedCodes[index]!))).toEqual(
        fixtureTensor(file, 'out.dequant').values.filter((_, index) => fits(expectedCodes[index]!)),
      )
    },
  )

  it.each(fixtureCases<TorchCase>('affine_pc_axis0'))(
    '$name: equal codes and values, row by row',
    ({ file, ...bounds }) => {
      const { values, shape } = fixtureTensor(file, 'in.x')
      const columns = shape[1]!
      const scales = fixtureTensor(file, 'in.scale').values
      const rows = fixtureTensor(file, 'in.zero_point').values.map((zeroPoint, row) =>
        run(values.slice(row * columns, (row + 1) * columns), scales[row]!, zeroPoint, bounds),
      )
      expect(rows.flatMap(({ codes }) => codes)).toEqual(fixtureTensor(file, 'out.q').values)
      expect(rows.flatMap(({ decoded }) => decoded)).toEqual(fixtureTensor(file, 'out.dequant').values)
    },
  )
})

describe('other grids that are ours by another name', () => {
  interface Case {
    readonly name: string
    readonly file: string
    readonly bits: number
    readonly method: string
  }

  it.each(fixtureCases<Case>('awq_pseudo'))('$name: rows with an exact zero', ({ file, bits }) => {
    const { values, shape } = fixtureTensor(file, 'in.weight')
    const scheme = affine({ bits, granularity: 'row', grid: 'zeroExact' })
    const encoded = scheme.encode(Float32Array.from(values), shape)
    expect([...encoded.zeroPoints]).toEqual(fixtureTensor(file, 'out.zeros').values)
    const scales = fixtureTensor(file, 'out.scales').values
    // The range is a difference in f32 there: one unit in the last place of a step, times codes up to 2^bits.
    const units = 2 ** -23 * Math.max(...scales)
    scales.forEach((scale, row) => expect(Math.abs(encoded.steps[row]! - scale)).toBeLessThanOrEqual(units))
    const decoded = scheme.decode(encoded)
    fixtureTensor(file, 'out.weight').values.forEach((expected, index) =>
      expect(Math.abs(decoded[index]! - expected)).toBeLessThanOrEqual(2 ** bits * units),
    )
  })

  it.each(fixtureCases<Case>('smoothquant_quantize'))('$name: symmetric, equal values', ({ file, bits, method }) => {
    const { values, shape } = fixtureTensor(file, 'in.x')
    const scheme = affine({ bits, granularity: method.includes('token') ? 'row' : 'tensor', grid: 'symmetric' })
    const decoded = scheme.decode(scheme.encode(Float32Array.from(values), shape))
    expect([...decoded]).toEqual(fixtureTensor(file, 'out.y').values.map((each) => each + 0))
  })

  it.each(fixtureCases<Case>('embedding_rowwise'))(
    "$name: a row from least to greatest, with PyTorch's codes",
    ({ file }) => {
      const { values, shape } = fixtureTensor(file, 'in.weight')
      const [rows, columns] = shape as [number, number]
      const { codes } = affine({ bits: 4, granularity: 'row' }).encode(Float32Array.from(values), shape)
      const stored = fixtureTensor(file, 'out.packed')
      // After the codes of a row come its scale and its minimum in f16, which are not ours.
      const perRow = stored.shape[1]!
      for (let row = 0; row < rows; row++) {
        const packed = [...packCodes(codes.slice(row * columns, (row + 1) * columns), 4)]
        expect(packed).toEqual(stored.values.slice(row * perRow, row * perRow + columns / 2))
      }
    },
  )
})

const bits = fc.integer({ min: 1, max: 8 })
const gridName = fc.constantFrom<GridName>('minmax', 'zeroExact', 'symmetric', 'fullSymmetric')
const granularity = fc.oneof(
  fc.constantFrom<Granularity>('tensor', 'row'),
  fc.integer({ min: 1, max: 9 }).map((group) => ({ group })),
)
/** Any f32 numbers below 2^126, subnormal ones and zeros among them. */
const anyWeight = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 100), max: 2 ** 100 }),
  fc.float({ noNaN: true, min: -2, max: 2 }),
  fc.constantFrom(0, -0, 2 ** -149, -3 * 2 ** -149, 5e-44),
)
const matrix = (weight: fc.Arbitrary<number>) =>
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 }))
    .chain(([rows, columns]) =>
      fc
        .array(weight, { minLength: rows * columns, maxLength: rows * columns })
        .map((values) => ({ weight: Float32Array.from(values), shape: [rows, columns] })),
    )
/** A symmetric grid needs two bits. */
const options = fc
  .record({ bits, grid: gridName, granularity })
  .map((given) => (given.grid === 'symmetric' ? { ...given, bits: Math.max(2, given.bits) } : given))

/** The index of its range for each weight. */
function rangeOf({ granularity, shape, codes }: AffineCodes): number[] {
  const spans = spansOf(granularity, shape)
  const ranges = new Array<number>(codes.length).fill(-1)
  for (let range = 0; range < spans.count; range++) ranges.fill(range, ...spanAt(spans, range))
  return ranges
}

describe('laws of affine quantization', () => {
  it('errs by half a step at most', () => {
    fc.assert(
      fc.property(matrix(anyWeight), options, ({ weight, shape }, given) => {
        const scheme = affine(given)
        const encoded = scheme.encode(weight, shape)
        const decoded = scheme.decode(encoded)
        const ranges = rangeOf(encoded)
        weight.forEach((each, index) => {
          const step = encoded.steps[ranges[index]!]!
          // Q is rounded to f32 once: half a unit in its last place. The step was rounded to f32 too, by which the end of
          // the grid may miss that of the range: 2^-24 of it.
          const slack = 2 ** -24 * (Math.abs(decoded[index]!) + 2 ** given.bits * step)
          expect(Math.abs(each - decoded[index]!)).toBeLessThanOrEqual(step / 2 + slack)
        })
      }),
      { numRuns: 500 },
    )
  })

  it('keeps zeros exact on grids that promise it', () => {
    const withZeros = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: anyWeight })
    fc.assert(
      fc.property(matrix(withZeros), options, ({ weight, shape }, given) => {
        fc.pre(grids[given.grid].zeroExact)
        const scheme = affine(given)
        const decoded = scheme.decode(scheme.encode(weight, shape))
        // Object.is: +0, not -0.
        weight.forEach((each, index) => each === 0 && expect(Object.is(decoded[index], 0)).toBe(true))
      }),
    )
  })

  it('keeps equal weights exactly on the minmax grid, whatever they are', () => {
    fc.assert(
      fc.property(anyWeight, bits, granularity, (each, k, by) => {
        const scheme = affine({ bits: k, granularity: by })
        const encoded = scheme.encode(new Float32Array(12).fill(each), [3, 4])
        expect([...encoded.steps].every((step) => step === 0)).toBe(true)
        // Adding 0 makes -0 a 0, which is what it becomes.
        expect([...scheme.decode(encoded)]).toEqual(new Array(12).fill(Math.fround(each) + 0))
      }),
    )
  })

  it('gives the codes again for the values on its grid', () => {
    fc.assert(
      fc.property(options, fc.float({ min: 2 ** -100, max: 2 ** 100, noNaN: true }), ({ bits: k, grid }, step) => {
        const greatest = 2 ** k - 1
        // An offset as a grid has it that reaches from -step to above: values are then spaced widely against their digits.
        const zeroPoint = grids[grid].zeroExact ? Math.min(2 ** (k - 1), greatest) : 0
        const values = { step, offset: grids[grid].zeroExact ? 0 : Math.fround(-step), zeroPoint }
        const codes = Uint8Array.from({ length: greatest + 1 }, (_, code) => code)
        const decoded = new Float32Array(codes.length)
        decodeRange(codes, values, decoded)
        const again = new Uint8Array(codes.length)
        encodeRange(decoded, values, greatest, nearest, again)
        expect(again).toEqual(codes)
      }),
    )
  })

  it('done twice on the minmax grid changes no code, and no value but in its last digits', () => {
    const ordinary = fc.float({ noNaN: true, min: -2, max: 2 }).filter((x) => x === 0 || Math.abs(x) > 1e-6)
    fc.assert(
      fc.property(matrix(ordinary), bits, granularity, ({ weight, shape }, k, by) => {
        const scheme = affine({ bits: k, granularity: by })
        const once = scheme.encode(weight, shape)
        // Where a range is a millionth of its weights, f32 itself is too coarse for 256 values within it.
        fc.pre(once.steps.every((step) => step === 0 || step > 1e-4))
        const decoded = scheme.decode(once)
        const twice = scheme.encode(decoded, shape)
        expect(twice.codes).toEqual(once.codes)
        scheme.decode(twice).forEach((each, index) => expect(Math.abs(each - decoded[index]!)).toBeLessThan(2e-6))
      }),
    )
  })

  it('gives a row of a matrix the codes that it has alone, and a group those of a row', () => {
    fc.assert(
      fc.property(matrix(anyWeight), bits, ({ weight, shape }, k) => {
        const [rows, columns] = shape as [number, number]
        const byRow = affine({ bits: k, granularity: 'row' }).encode(weight, shape)
        expect(affine({ bits: k, granularity: { group: columns } }).encode(weight, shape).codes).toEqual(byRow.codes)
        for (let row = 0; row < rows; row++) {
          const bounds = [row * columns, (row + 1) * columns] as const
          const alone = affine({ bits: k }).encode(weight.slice(...bounds), [columns])
          expect(byRow.codes.slice(...bounds)).toEqual(alone.codes)
          expect(byRow.steps[row]).toBe(alone.steps[0])
        }
      }),
    )
  })
})

describe('affine quantization of what it cannot take', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1e38])('says which weight is %d', (bad) => {
    expect(() => affine({ bits: 4 }).encode(Float32Array.of(0, bad), [2])).toThrow('affine: weight 1 is')
  })

  it('says which bits, groups and shapes there are', () => {
    expect(() => affine({ bits: 9 })).toThrow('bits must be a whole number from 1 to 8, got 9')
    expect(() => affine({ bits: 1, grid: 'symmetric' }).encode(Float32Array.of(1), [1])).toThrow('needs 2 bits or more')
    expect(() => affine({ bits: 4, granularity: { group: 0 } }).encode(Float32Array.of(1), [1])).toThrow(
      'got 0; 32, 64 and 128',
    )
    expect(() => affine({ bits: 4 }).encode(Float32Array.of(1, 2), [3])).toThrow('2 weights do not fill shape [3]')
    expect(() => affine({ bits: 4 }).encode(new Float32Array(0), [0, 3])).toThrow('shape [0, 3] is empty')
  })
})
